import type { Machine } from "../../host/process/machine.ts";
import { findProgram } from "../../host/process/programs.ts";
import { pathFact } from "../../host/files/path_fact.ts";
import type { ProgramFact } from "../../kernel/doctor/facts.ts";
import type { PathFact } from "../../model/cells/path_fact.ts";

/**
 * Where the programs are that rules name, and who could put others in their place: the folders of
 * PATH up to the one that has it count, because the first one wins.
 *
 * @param rules Prefix rules; `*` names none.
 */
export function lookAtPrograms(machine: Machine, rules: readonly string[]): ProgramFact[] {
  const names = new Set(rules.map((rule) => rule.trim().split(/\s+/)[0] ?? ""));
  names.delete("");
  names.delete("*");
  const seen = new Set<string>();
  const look = (path: string): PathFact[] => {
    if (seen.has(path)) return [];
    seen.add(path);
    return [pathFact(path, { follow: true })];
  };
  return [...names].map((name): ProgramFact => {
    const path = findProgram(machine, name);
    if (path === null) return { name, path, places: [] };
    const real = Deno.realPathSync(path);
    const has = (folder: string) => pathFact(`${folder}/${name}`, { follow: true }).kind === "file";
    const folders = name.startsWith("/")
      ? []
      : machine.searchPath.slice(0, machine.searchPath.findIndex(has) + 1);
    const places = [...folders, folderOf(path), folderOf(real), real].flatMap(look);
    return { name, path, places };
  });
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}
