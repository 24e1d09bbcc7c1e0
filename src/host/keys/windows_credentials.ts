/**
 * Windows' Credential Manager by Windows PowerShell, which is part of every Windows: a constant
 * script calls `CredReadW`, `CredWriteW` and `CredDeleteW` of advapi32 (Microsoft Learn, wincred.h).
 *
 * What is asked comes by stdin, so that no name and no secret is in a list of processes, and as
 * Base64, because the code page of a pipe is the console's. The secret is never an argument of a
 * cmdlet and never goes through the host's output: logs of modules and transcripts, where a machine
 * keeps them, do not see it.
 *
 * NOT TRIED ON WINDOWS. Its protocol is tested against a stand-in.
 */

import { decodeBase64, encodeBase64 } from "../../base/base64.ts";

/** Where Windows keeps it; with the separator that the runtime takes everywhere. */
export const POWERSHELL = "C:/Windows/System32/WindowsPowerShell/v1.0/powershell.exe";

/** Starting it and compiling the three calls takes a second or two, more on a busy machine. */
export const POWERSHELL_TIMEOUT_MS = 15_000;

/** `CRED_MAX_CREDENTIAL_BLOB_SIZE`: what is longer is not for the Credential Manager. */
const MAX_BYTES = 5 * 512;

/**
 * Standard input: a verb (`get`, `set`, `remove`), the target's name, the secret; a line each, the
 * last two in Base64 of UTF-8. Exit code 0: done, for `get` with the secret in Base64 on standard
 * output. 1: there is none, or it failed.
 *
 * Generic credentials of this user on this machine (`CRED_PERSIST_LOCAL_MACHINE`): they do not roam.
 */
export const CREDENTIAL_SCRIPT = String.raw`
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$lines = @($input)
try {
  Microsoft.PowerShell.Utility\Add-Type -TypeDefinition @'
using System;
using System.Runtime.InteropServices;

public static class WardCredential
{
    const uint Generic = 1;
    const uint LocalMachine = 2;

    [StructLayout(LayoutKind.Sequential, CharSet = CharSet.Unicode)]
    struct Credential
    {
        public uint Flags;
        public uint Type;
        public string TargetName;
        public string Comment;
        public uint LastWrittenLow;
        public uint LastWrittenHigh;
        public uint BlobSize;
        public IntPtr Blob;
        public uint Persist;
        public uint AttributeCount;
        public IntPtr Attributes;
        public string TargetAlias;
        public string UserName;
    }

    [DllImport("advapi32.dll", CharSet = CharSet.Unicode, ExactSpelling = true)]
    static extern bool CredReadW(string target, uint type, uint flags, out IntPtr credential);

    [DllImport("advapi32.dll", CharSet = CharSet.Unicode, ExactSpelling = true)]
    static extern bool CredWriteW(ref Credential credential, uint flags);

    [DllImport("advapi32.dll", CharSet = CharSet.Unicode, ExactSpelling = true)]
    static extern bool CredDeleteW(string target, uint type, uint flags);

    [DllImport("advapi32.dll", ExactSpelling = true)]
    static extern void CredFree(IntPtr credential);

    public static string Get(string target)
    {
        IntPtr found;
        if (!CredReadW(target, Generic, 0, out found)) return null;
        try
        {
            Credential credential = (Credential)Marshal.PtrToStructure(found, typeof(Credential));
            byte[] blob = new byte[credential.BlobSize];
            if (blob.Length > 0) Marshal.Copy(credential.Blob, blob, 0, blob.Length);
            return Convert.ToBase64String(blob);
        }
        finally
        {
            CredFree(found);
        }
    }

    public static bool Set(string target, string secret)
    {
        byte[] blob = Convert.FromBase64String(secret);
        IntPtr memory = Marshal.AllocHGlobal(Math.Max(1, blob.Length));
        try
        {
            Marshal.Copy(blob, 0, memory, blob.Length);
            Credential credential = new Credential();
            credential.Type = Generic;
            credential.TargetName = target;
            credential.BlobSize = (uint)blob.Length;
            credential.Blob = memory;
            credential.Persist = LocalMachine;
            credential.UserName = "ward";
            return CredWriteW(ref credential, 0);
        }
        finally
        {
            for (int at = 0; at < blob.Length; at++) Marshal.WriteByte(memory, at, 0);
            Marshal.FreeHGlobal(memory);
        }
    }

    public static bool Remove(string target)
    {
        return CredDeleteW(target, Generic, 0);
    }
}
'@
  $target = [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($lines[1]))
  if ($lines[0] -ceq 'get') {
    $found = [WardCredential]::Get($target)
    if ($null -eq $found) { exit 1 }
    [Console]::Out.Write($found)
  } elseif ($lines[0] -ceq 'set') {
    if (-not [WardCredential]::Set($target, $lines[2])) { exit 1 }
  } elseif ($lines[0] -ceq 'remove') {
    if (-not [WardCredential]::Remove($target)) { exit 1 }
  } else {
    exit 1
  }
} catch {
  exit 1
}
exit 0
`;

/** Arguments of {@linkcode POWERSHELL}: the same ones whatever is asked. */
export const POWERSHELL_ARGUMENTS: readonly string[] = [
  "-NoLogo",
  "-NoProfile",
  "-NonInteractive",
  "-InputFormat",
  "Text",
  "-OutputFormat",
  "Text",
  "-EncodedCommand",
  encodedCommand(CREDENTIAL_SCRIPT),
];

/** What is written to its standard input; null: too long for the Credential Manager. */
export function credentialRequest(
  verb: "get" | "set" | "remove",
  target: string,
  secret: string = "",
): string | null {
  const encoder = new TextEncoder();
  const blob = encoder.encode(secret);
  if (blob.length > MAX_BYTES) return null;
  return [verb, encodeBase64(encoder.encode(target)), encodeBase64(blob)].join("\n") + "\n";
}

/** The secret in what it wrote for `get`; null: that is not what the script writes. */
export function readCredential(stdout: string): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(decodeBase64(stdout.trim()));
  } catch {
    return null;
  }
}

/** As `-EncodedCommand` takes it: Base64 of UTF-16LE. */
function encodedCommand(script: string): string {
  const bytes = new Uint8Array(script.length * 2);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < script.length; at++) view.setUint16(at * 2, script.charCodeAt(at), true);
  return encodeBase64(bytes);
}
