import assert from "node:assert/strict";
import { childEnvironment } from "../../src/kernel/commands/child_env.ts";
import { coversWords, DEFAULT_ALLOW, findRule } from "../../src/kernel/commands/rules.ts";

const words = (line: string) => line.split(" ");

Deno.test("a prefix rule covers words, not letters", () => {
  assert.ok(coversWords("git status", words("git status -s")));
  assert.ok(!coversWords("git status", words("git stash")));
  assert.ok(!coversWords("git status", words("git")));
  assert.ok(!coversWords("git status", words("git -C x status")));
  assert.ok(!coversWords("cargo test", words("cargo testing")));
  assert.ok(coversWords("cargo test", words("cargo test --lib")));
  assert.ok(!coversWords("ls", words("lsof")));
  assert.ok(!coversWords("ls", words("/bin/ls")));
  assert.ok(coversWords("/opt/x", words("/opt/x a")));
  assert.ok(coversWords("'a b' c", ["a b", "c", "d"]));
  assert.ok(coversWords("*", words("anything at all")));
  for (const rule of ["", " ", "ls; rm", "$(x)", "ls |", "'"]) {
    assert.ok(!coversWords(rule, ["ls"]), rule);
  }
});

Deno.test("attack: options that start programs or write are not covered by the default rules", () => {
  const risky = [
    "find . -exec rm {} ;",
    "find . -execdir x ;",
    "find . -ok x ;",
    "find . -delete",
    "find . -fprintf x %p",
    "find . -fls x",
    "sort -o x y",
    "sort -ox y",
    "sort -uo x y",
    "sort --output=x",
    "sort --outp=x",
    "sort --o x",
    "sort --compress-program=x",
    "sort --comp x",
    "sort -T . x",
    "uniq a b",
    "uniq -c a b",
    "uniq -- -a -b",
    "uniq *",
    "rg --pre x y",
    "rg --pre=x y",
    "rg --hostname-bin=x y",
    "rg -z x",
    "rg -iz x",
    "diff -l a b",
    "diff --paginate a b",
    "file -C",
    "file -m x y",
    "file -z x",
    "date -s x",
    "date --set=x",
    "date 01010000",
    "wc --files0-from=x",
    "du --files0-from=x",
    "git diff --ext-diff",
    "git diff --ext",
    "git diff --output=x",
    "git log --textconv",
    "git show --outp x",
    "git log --help",
    "git status --ignore-submodules=none",
    "git ls-files --recurse-submodules",
    "git -c core.pager=x log",
    "git --exec-path=x status",
    "git stash",
    "git config a.b c",
    "sh -c ls",
    "xargs rm",
    "env ls",
    "sort --*",
  ];
  for (const line of risky) assert.equal(findRule(DEFAULT_ALLOW, words(line)), null, line);
  const harmless = [
    "find . -name x -newer y -print0",
    "sort -t: -k2,2 -rn -u",
    "sort --reverse --key=2",
    "uniq -c",
    "uniq -f 1 a",
    "uniq -w3 -",
    "rg -n --glob *.ts x",
    "rg -e z",
    "diff -u --label x a b",
    "diff -Lx a b",
    "file -b --mime-type x",
    "date +%s",
    "date -u -d yesterday +%F",
    "date -Iseconds",
    "wc -l x",
    "tail -n +2 x",
    "git diff --text HEAD~1",
    "git diff --stat --no-ext-diff",
    "git log --oneline -5 --graph",
    "git show HEAD:x",
    "git status -sb",
  ];
  for (const line of harmless) assert.notEqual(findRule(DEFAULT_ALLOW, words(line)), null, line);
});

Deno.test("a longer rule of the user covers what it names", () => {
  assert.ok(coversWords("find . -delete", words("find . -delete")));
  assert.ok(coversWords("sort -o", words("sort -o x y")));
  assert.ok(!coversWords("find", words("find . -delete")));
  assert.equal(findRule(["ls", "cargo test"], words("cargo test x")), "cargo test");
});

Deno.test("attack: no key, loader variable or program of git's reaches a child", () => {
  const secret = Object.fromEntries(
    ("OPENAI_API_KEY GITHUB_TOKEN DB_PASSWORD X_SECRET Y_API_TOKEN WARD_API_KEY LD_PRELOAD " +
      "DYLD_INSERT_LIBRARIES BASH_ENV ENV NODE_OPTIONS GIT_SSH GIT_SSH_COMMAND GIT_EXTERNAL_DIFF " +
      "GIT_CONFIG_COUNT PYTHONPATH PERL5OPT HTTP_PROXY SSH_AUTH_SOCK RIPGREP_CONFIG_PATH " +
      "LC_MY_SECRET").split(" ").map((name) => [name, "value-to-leak"]),
  );
  const params = {
    parent: { ...secret, LANG: "C.UTF-8", LC_TIME: "../evil", LC_ALL: "C", TZ: "Europe/Berlin" },
    scrubExtra: ["LC_A*"],
    workspace: "/w",
    path: "/usr/bin",
  };
  const env = childEnvironment(params);
  assert.ok(!JSON.stringify(env).includes("value-to-leak"));
  assert.deepEqual([env["LANG"], env["LC_TIME"], env["LC_ALL"], env["TZ"]], [
    "C.UTF-8",
    undefined,
    undefined,
    "Europe/Berlin",
  ]);
  assert.deepEqual([env["PATH"], env["HOME"], env["GIT_CONFIG_GLOBAL"]], [
    "/usr/bin",
    "/w",
    "/dev/null",
  ]);
  const granted = childEnvironment({ ...params, granted: [...Object.keys(secret), "CARGO_HOME"] });
  for (const name of ["LD_PRELOAD", "BASH_ENV", "NODE_OPTIONS", "GIT_SSH", "OPENAI_API_KEY"]) {
    assert.equal(granted[name], undefined, name);
  }
});
