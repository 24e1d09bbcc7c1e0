import type { DoctorCheck } from "../../model/report.ts";
import { within } from "../../model/cells/paths.ts";
import type { DoctorFacts, NamespaceFacts, SandboxFacts } from "./facts.ts";
import { finding } from "./finding.ts";

/** The workspace, the layers, and the limits that do not hold. */
export function judgeLayers(facts: DoctorFacts): DoctorCheck[] {
  const { uid, hasPrlimit, makesCode, os } = facts;
  return [
    judgeWorkspace(facts),
    makesCode
      ? finding("layers.runtime", "error", "Code can be made from text in ward's own process", {
        cause: "ward was not started with its own flags",
        fix: "Start ward by `deno task start`, or use the binary",
      })
      : finding("layers.runtime", "ok", "Runtime: ward's own flags are in force"),
    judgeSandbox(facts),
    hasPrlimit
      ? finding("limits.prlimit", "ok", "Limits of memory, processes, files and CPU hold")
      : finding("limits.prlimit", "warning", "No limit of memory, processes, files and CPU holds", {
        cause: os === "darwin"
          ? "macOS has no `prlimit`; a run is bounded by time and output"
          : "the program `prlimit` is missing",
        fix: os === "darwin" ? null : "Install util-linux (Debian, Ubuntu: apt install util-linux)",
      }),
    ...(uid === 0
      ? [finding("limits.root_processes", "warning", "The limit on processes does not hold", {
        cause: "ward runs as root, whose processes the system does not count",
        fix: "Run ward as a user of its own",
      })]
      : []),
  ];
}

function judgeWorkspace({ workspace, osHome }: DoctorFacts): DoctorCheck {
  if ("code" in workspace) {
    return finding("workspace.choice", "error", workspace.message, { fix: workspace.hint });
  }
  const { path, source, exists } = workspace;
  if (within(path, osHome)) {
    return finding("workspace.choice", "warning", `Workspace: "${path}", your whole home folder`, {
      cause: "the agent may change all of it but key, keyring and browser folders",
      fix: "Name the folder of one project with -w or workspace.path",
    });
  }
  return finding(
    "workspace.choice",
    "ok",
    `Workspace: "${path}" (${source})${exists ? "" : ", made when it is first needed"}`,
  );
}

function judgeSandbox({ sandbox, settings, namespaces }: DoctorFacts): DoctorCheck {
  const { name, cause, fix, untried, notHeld, passedOver } = sandbox;
  if (untried) {
    return finding("layers.sandbox", "warning", "The sandbox could not be tried", { cause, fix });
  }
  if (name !== null) {
    if (notHeld.length > 0) {
      return finding("layers.sandbox", "warning", `REDUCED: ${name} holds, but not all of it`, {
        cause: `not held against: ${notHeld.join("; ")}`,
        fix: "Nothing on this system holds more; run ward in a virtual machine with Linux for that",
      });
    }
    const better = passedOver.map((one) => `${one.name}: ${one.cause}`).join("; ");
    return finding(
      "layers.sandbox",
      better === "" ? "ok" : "info",
      `Sandbox: ${name}; a cell was started and proved itself`,
      { cause: better === "" ? null : `a better one does not hold here: ${better}` },
    );
  }
  const commands = settings?.withoutSandbox
    ? "commands run unconfined, as you set"
    : "commands are off";
  return finding("layers.sandbox", "error", `REDUCED: ${cause}`, {
    cause: `no OS sandbox holds the tools here: files are checked by ward alone, ${commands}`,
    fix: namespaceFix(sandbox, namespaces) ?? fix,
  });
}

/** Words of a sandbox that was not allowed its namespaces. */
const FORBIDDEN = /user namespaces|uid map|Operation not permitted|Permission denied/;

/** The exact command where the system itself says what forbids user namespaces, or null. */
function namespaceFix(
  { cause, passedOver }: SandboxFacts,
  namespaces: NamespaceFacts | null,
): string | null {
  if (!namespaces || !FORBIDDEN.test(cause ?? "")) return null;
  const { maxUser, userClone, apparmorRestricts, isContainer } = namespaces;
  if (maxUser === 0) return "sudo sysctl -w user.max_user_namespaces=15000";
  if (userClone === 0) return "sudo sysctl -w kernel.unprivileged_userns_clone=1";
  if (isContainer) {
    return "Start the container with --security-opt seccomp=unconfined --security-opt " +
      "apparmor=unconfined (Docker's default profile forbids user namespaces)";
  }
  if (apparmorRestricts !== null && apparmorRestricts !== 0) {
    // The best of those that were refused; one that is not installed needs no profile.
    const refused = passedOver.find((one) => FORBIDDEN.test(one.cause))?.name ?? "";
    const program = refused.startsWith("unshare") ? "unshare" : "bwrap";
    return `printf 'abi <abi/4.0>,\\nprofile ${program} /usr/bin/${program} flags=(unconfined) ` +
      `{ userns, }\\n' | sudo tee /etc/apparmor.d/${program} && sudo apparmor_parser -r ` +
      `/etc/apparmor.d/${program}`;
  }
  return null;
}
