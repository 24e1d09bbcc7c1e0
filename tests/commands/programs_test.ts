import { equal } from "node:assert/strict";
import { lookAtMachine } from "../../src/host/process/machine.ts";
import { findProgram, presentPrograms, programMounts } from "../../src/host/process/programs.ts";

const OLD = new Date(Date.now() - 60_000);

function folderWith(...names: string[]): { path: string } & Disposable {
  const path = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "ward-programs-" }));
  for (const name of names) addProgram(path, name);
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

function addProgram(folder: string, name: string): void {
  Deno.writeTextFileSync(`${folder}/${name}`, "#!/bin/sh\n", { mode: 0o755 });
}

Deno.test("a program that comes or goes is seen at once, however long the folder was still", () => {
  using folder = folderWith("first");
  const machine = lookAtMachine(folder.path, []);
  for (const settle of [() => {}, () => Deno.utimeSync(folder.path, OLD, OLD)]) {
    settle();
    // Twice: the second look is from memory.
    for (let look = 0; look < 2; look++) {
      equal(findProgram(machine, "first"), `${folder.path}/first`);
      equal(findProgram(machine, "second"), null);
    }
    addProgram(folder.path, "second");
    equal(presentPrograms(machine, ["first", "second", "third"]).join(), "first,second");
    equal(programMounts(machine, ["second"])[0]?.path, `${folder.path}/second`);
    Deno.removeSync(`${folder.path}/second`);
    equal(findProgram(machine, "second"), null);
    equal(programMounts(machine, ["second"]).length, 0);
  }
});

Deno.test("another folder in the place of one is looked into", () => {
  using folder = folderWith();
  using other = folderWith("tool");
  const place = `${folder.path}/bin`;
  Deno.mkdirSync(place);
  const machine = lookAtMachine(place, []);
  Deno.utimeSync(place, OLD, OLD);
  equal(findProgram(machine, "tool"), null);
  Deno.utimeSync(other.path, OLD, OLD);
  Deno.removeSync(place);
  Deno.symlinkSync(other.path, place);
  equal(findProgram(machine, "tool"), `${other.path}/tool`);
});
