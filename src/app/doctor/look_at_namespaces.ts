import type { Client } from "../../compartments/wire.ts";
import { exists } from "../../host/files/file_exists.ts";
import type { NamespaceFacts } from "../../kernel/doctor/facts.ts";

/** Files that a container's runtime puts at its root: Docker, Podman. */
const CONTAINER_MARKS = ["/.dockerenv", "/run/.containerenv"];

/**
 * Asks the system what it says of user namespaces. The runtime closes /proc to ward itself, so the
 * settings are read by `cat`.
 *
 * @param cat Its path, on the launcher's list.
 */
export async function lookAtNamespaces(launcher: Client, cat: string): Promise<NamespaceFacts> {
  const setting = async (name: string): Promise<number | null> => {
    const params = { program: cat, args: [`/proc/sys/${name}`], input: "", env: {} };
    // A kernel without the setting has no such file.
    const answer = await launcher.call("run", params).catch(() => null) as
      | { code: number; stdout: string }
      | null;
    return answer?.code === 0 ? Number(answer.stdout.trim()) : null;
  };
  return {
    apparmorRestricts: await setting("kernel/apparmor_restrict_unprivileged_userns"),
    userClone: await setting("kernel/unprivileged_userns_clone"),
    maxUser: await setting("user/max_user_namespaces"),
    isContainer: CONTAINER_MARKS.some(exists),
  };
}
