/** The call of `Deno.stdout` that is used. */
interface AsyncWriter {
  write(bytes: Uint8Array): Promise<number>;
}

/**
 * Writes whole texts in order, whoever writes at the same time.
 *
 * @returns Throws once nobody reads any more.
 */
export function createLineWriter(stream: AsyncWriter): (text: string) => Promise<void> {
  const encoder = new TextEncoder();
  let last: Promise<void> = Promise.resolve();
  return (text) => {
    const writing = last.catch(() => {}).then(async () => {
      let bytes = encoder.encode(text);
      while (bytes.length > 0) bytes = bytes.subarray(await stream.write(bytes));
    });
    last = writing;
    return writing;
  };
}
