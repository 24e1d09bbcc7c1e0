import {
  type CommandNode,
  parse,
  type Redirection,
  type Statement,
  type Word as AstWord,
} from "unbash";
import {
  BUILTIN_COMMANDS,
  type BuiltinName,
  type CommandPlan,
  type Redirect,
  type Stage,
  type Word,
  wordText,
} from "../../model/cells/command.ts";
import { checkBuiltin } from "./builtin_forms.ts";
import { expandWord, literalWord } from "./expand_word.ts";
import { type LexedLine, lexLine, type LineVariables, type WordToken } from "./lex_line.ts";
import { NotUnderstood } from "./not_understood.ts";

/** What a line is to ward. `programs` are the words of each program call, globs as written. */
export type ParsedLine =
  | {
    readonly type: "plan";
    readonly plan: CommandPlan;
    readonly programs: string[][];
    /** The line joins, redirects, negates or groups commands. */
    readonly operators: boolean;
  }
  | { readonly type: "not_understood"; readonly why: string };

/** Longest line that is taken apart. */
const MAX_LINE = 32_768;
/** Invisible and reordering characters would make the shown line differ from the one that runs. */
const DECEPTIVE = /[^\P{C}\t\n]|[^\P{Z} ]/u;
const PROGRAM = /^(?:[A-Za-z0-9_][A-Za-z0-9_.+-]*|[A-Za-z0-9_.+-]*(?:\/[A-Za-z0-9_.+@-]+)+)$/;
/** A locale with a slash would be a file to load; a time zone is named with one. */
const PREFIX = /^(?:(TZ)=([A-Za-z][A-Za-z0-9_/+-]*)|([A-Z_]+)=([A-Za-z0-9_.@-]*))$/;
/** Variables that may stand before a program: they choose language, time zone and colour. */
const PREFIX_VARIABLES = ["LC_ALL", "LC_COLLATE", "LC_CTYPE", "LANG", "TZ", "NO_COLOR"];
/** Built-in commands of bash that ward doesn't run: a program of the same name would differ. */
const SHELL_BUILTINS = new Set(
  (". alias bg bind break builtin caller command compgen complete compopt continue declare dirs " +
    "disown enable eval exec export fc fg getopts hash help history jobs kill let local logout " +
    "mapfile popd pushd read readarray readonly return set shift shopt source suspend times " +
    "trap type typeset ulimit umask unalias unset wait").split(" "),
);

/**
 * Takes a shell line apart without running anything.
 *
 * A plan is exactly what `bash -c` would do with the line; whatever is not certain to be that is
 * "not understood", with the construct's name. Two readers must agree on every word: the AST of
 * unbash and {@linkcode lexLine}.
 *
 * @param line The line; may span several lines.
 * @param variables Values of `$HOME` (and `~`) and `$PWD`; without them these are not understood.
 */
export function parseLine(line: string, variables: LineVariables = {}): ParsedLine {
  try {
    if (line.length > MAX_LINE) throw new NotUnderstood("very long line");
    if (DECEPTIVE.test(line)) throw new NotUnderstood("invisible or control characters");
    const lexed = lexLine(line, variables);
    const script = parse(line);
    if (script.errors !== undefined && script.errors.length > 0) {
      throw new NotUnderstood("syntax error");
    }
    const reader = new TreeReader(line, lexed, variables);
    const plan = reader.list(script.commands);
    reader.finish();
    return {
      type: "plan",
      plan,
      programs: reader.programs,
      operators: [...lexed.operators.keys()].some((text) => text !== "\n") ||
        reader.negations > 0 || script.commands.length > 1,
    };
  } catch (error) {
    if (error instanceof NotUnderstood) return { type: "not_understood", why: error.why };
    throw error;
  }
}

/** Turns the tree into a plan and keeps account of every token, so that none is passed over. */
class TreeReader {
  readonly programs: string[][] = [];
  negations = 0;
  readonly #line: string;
  readonly #words: Map<number, WordToken>;
  readonly #operators: Map<string, number>;
  readonly #variables: LineVariables;
  #changesFolder = false;
  /** A redirection climbs with `..`, or `$PWD` is used: a `cd` would make it unknowable. */
  #needsFolder = false;

  constructor(line: string, lexed: LexedLine, variables: LineVariables) {
    this.#line = line;
    this.#words = new Map(lexed.words);
    this.#operators = new Map(lexed.operators);
    this.#variables = variables;
  }

  /** @throws {NotUnderstood} When a token is left that the tree did not account for. */
  finish(): void {
    if (this.#changesFolder && this.#needsFolder) throw new NotUnderstood("path after cd");
    for (const text of [";", "\n"]) this.#operators.delete(text);
    const left = [...this.#operators.values()].some((count) => count !== 0);
    if (left || this.#words.size > 0) throw new NotUnderstood("unclear structure");
  }

  list(statements: readonly Statement[]): CommandPlan {
    if (statements.length === 0) throw new NotUnderstood("empty command");
    const items = statements.map((statement) => {
      if (statement.background === true) throw new NotUnderstood("background command");
      return this.#node(statement.command);
    });
    return items.length === 1 ? items[0]! : { type: "sequence", items };
  }

  #node(node: Statement["command"]): CommandPlan {
    if (node.type === "AndOr") {
      const [first, ...rest] = node.commands.map((command) => this.#node(command));
      return rest.reduce<CommandPlan>((left, right, index) => {
        const operator = node.operators[index]!;
        this.#take(operator);
        return { type: operator === "&&" ? "and" : "or", left, right };
      }, first!);
    }
    if (node.type !== "Pipeline") {
      return { type: "pipeline", negated: false, stages: [this.#stage(node, false)] };
    }
    if (node.prefixes.some((prefix) => prefix.type !== "Negation")) throw new NotUnderstood("time");
    if (node.commands.length === 0) throw new NotUnderstood("empty command");
    if (node.prefixes.length > 1) throw new NotUnderstood("repeated negation");
    if (node.prefixes[0]) {
      this.negations++;
      this.#takeMark(node.prefixes[0].pos, "!");
    }
    const stages = node.commands.map((command, index) => {
      const operator = node.operators[index];
      if (operator !== undefined) this.#take(operator);
      return this.#stage(command, operator === "|&");
    });
    return { type: "pipeline", negated: node.prefixes.length === 1, stages };
  }

  #stage(node: CommandNode, pipeStderr: boolean): Stage {
    if (node.type === "Redirected") {
      const inner = this.#stage(node.command, pipeStderr);
      if (inner.type !== "group") throw new NotUnderstood("redirected construct");
      return { ...inner, redirects: node.redirects.map((redirect) => this.#redirect(redirect)) };
    }
    if (node.type === "Subshell" || node.type === "BraceGroup") {
      const subshell = node.type === "Subshell";
      if (subshell) {
        if (this.#line.startsWith("((", node.pos)) throw new NotUnderstood("arithmetic");
        this.#take("(");
        this.#take(")");
      } else {
        this.#takeMark(node.pos, "{");
        this.#takeMark(node.end - 1, "}");
      }
      const body = this.list(node.body.commands);
      return { type: "group", subshell, body, redirects: [], pipeStderr };
    }
    if (node.type !== "Command") throw new NotUnderstood(constructName(node.type));
    const env: Record<string, string> = {};
    const redirects: Redirect[] = [];
    for (const part of node.prefix) {
      if (part.type !== "Assignment") redirects.push(this.#redirect(part));
      else {
        const token = this.#words.get(part.pos);
        const match = PREFIX.exec(this.#line.slice(part.pos, part.end));
        const variable = match?.[1] ?? match?.[3] ?? "";
        if (token?.end !== part.end || !PREFIX_VARIABLES.includes(variable)) {
          throw new NotUnderstood("variable assignment");
        }
        this.#words.delete(part.pos);
        env[variable] = match?.[2] ?? match?.[4] ?? "";
      }
    }
    if (node.name === undefined) throw new NotUnderstood("no command");
    const name = this.#token(node.name);
    const program = this.#line.slice(name.start, name.end);
    const args: Word[] = [];
    for (const part of node.suffix) {
      if (part.type === "Assignment") throw new NotUnderstood("variable assignment");
      if (part.type === "Word") {
        args.push(...expandWord(this.#token(part).units, this.#variables.HOME));
      } else redirects.push(this.#redirect(part));
    }
    const builtin = BUILTIN_COMMANDS.find((known) => known === program);
    if (builtin !== undefined) return this.#builtin(builtin, args, env, redirects, pipeStderr);
    if (!name.plain || !PROGRAM.test(program)) throw new NotUnderstood("computed program name");
    if (SHELL_BUILTINS.has(program)) throw new NotUnderstood(`shell built-in ${program}`);
    this.programs.push([program, ...args.map(wordText)]);
    return { type: "program", program, args, env, redirects, pipeStderr };
  }

  #builtin(
    name: BuiltinName,
    args: Word[],
    env: Record<string, string>,
    redirects: Redirect[],
    pipeStderr: boolean,
  ): Stage {
    if (Object.keys(env).length > 0) throw new NotUnderstood("variable assignment");
    checkBuiltin(name, args);
    if (name === "cd") this.#changesFolder = true;
    return { type: "builtin", name, args, redirects, pipeStderr };
  }

  #redirect(node: Redirection): Redirect {
    if (node.type === "HereDoc") throw new NotUnderstood("here-document");
    if (node.target === undefined) throw new NotUnderstood("syntax error");
    const descriptor = node.descriptor;
    if (descriptor?.type === "FileDescriptorVariable") {
      throw new NotUnderstood("descriptor variable");
    }
    const fd = descriptor?.value;
    this.#take(node.operator);
    const token = this.#token(node.target);
    if (node.type === "HereString") {
      if (fd !== undefined && fd !== 0) throw new NotUnderstood("file descriptor");
      // Braces and globs stay as they are in `<<<`: only quotes and the tilde are taken away.
      if (token.units[0]?.text === "~" && !token.units[0].quoted) throw new NotUnderstood("tilde");
      const text = token.units.map((unit) => unit.text).join("");
      return { type: "text", fd: 0, text: text + "\n" };
    }
    if (node.operator === ">&") {
      const to = this.#line.slice(token.start, token.end);
      if (!/^[12]$/.test(to) || (fd !== undefined && fd !== 1 && fd !== 2)) {
        throw new NotUnderstood("file descriptor");
      }
      return { type: "duplicate", fd: fd === 2 ? 2 : 1, to: to === "1" ? 1 : 2 };
    }
    const path = literalWord(token.units, this.#variables.HOME);
    this.#checkPath(path);
    if (node.operator === "<") {
      if (fd !== undefined && fd !== 0) throw new NotUnderstood("file descriptor");
      return { type: "read", fd: 0, path };
    }
    const type = node.operator.endsWith(">>") ? "append" : "write";
    if (node.operator.startsWith("&")) return { type, fd: "both", path };
    if (![">", ">>", ">|"].includes(node.operator)) throw new NotUnderstood("redirection");
    if (fd !== undefined && fd !== 1 && fd !== 2) throw new NotUnderstood("file descriptor");
    return { type, fd: fd ?? 1, path };
  }

  /** The path that policy sees, worked out from the words, must be the file that is opened. */
  #checkPath(path: string): void {
    if (path === "") throw new NotUnderstood("empty path");
    const segments = path.split("/").filter((segment) => segment !== "" && segment !== ".");
    const climbs = segments.lastIndexOf("..") + 1;
    // Behind a named folder, which may be a link, `..` leads somewhere the words don't say.
    if (path.startsWith("/") ? climbs > 0 : segments.slice(0, climbs).some((s) => s !== "..")) {
      throw new NotUnderstood("path with ..");
    }
    if (climbs > 0) this.#needsFolder = true;
    // Bash itself answers these names, whatever the file system says.
    if (/^\/dev\/(?!null$)|^\/proc(?:\/|$)/.test("/" + segments.join("/"))) {
      throw new NotUnderstood("special file");
    }
  }

  /** The lexer's token of a word of the tree; both must have read the same. */
  #token(word: AstWord): WordToken {
    const token = this.#words.get(word.pos);
    const read = token?.units.map((unit) => unit.text).join("");
    if (!token || token.end !== word.end || (!token.expanded && read !== word.value)) {
      throw new NotUnderstood("unclear word");
    }
    this.#words.delete(word.pos);
    if (token.expanded && /PWD/.test(word.text)) this.#needsFolder = true;
    return token;
  }

  #takeMark(position: number, mark: string): void {
    const token = this.#words.get(position);
    if (!token?.plain || this.#line.slice(token.start, token.end) !== mark) {
      throw new NotUnderstood("unclear structure");
    }
    this.#words.delete(position);
  }

  #take(operator: string): void {
    this.#operators.set(operator, (this.#operators.get(operator) ?? 0) - 1);
  }
}

function constructName(type: string): string {
  if (/^(?:For|ArithmeticFor|While|Select)$/.test(type)) return "loop";
  if (/^(?:If|Case|TestCommand)$/.test(type)) return "condition";
  if (type === "ArithmeticCommand") return "arithmetic";
  return type.toLowerCase();
}
