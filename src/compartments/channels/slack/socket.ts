/** A WebSocket to Slack, as the receiving loop needs one. */

/** One connection. */
export interface TextSocket {
  send(text: string): void;
  close(): void;
  /** Resolves when it has ended, with why; safe to show. */
  readonly ended: Promise<string>;
}

/** Opens one. `onText` is called for each message. @throws {Error} Why it could not; safe to show. */
export type OpenSocket = (
  url: URL,
  onText: (text: string) => void,
  signal: AbortSignal,
) => Promise<TextSocket>;

/** The built-in one; see {@linkcode OpenSocket}. */
export function openSocket(
  url: URL,
  onText: (text: string) => void,
  signal: AbortSignal,
): Promise<TextSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<TextSocket>();
  const ended = Promise.withResolvers<string>();
  const socket = new WebSocket(url);
  const close = () => socket.close();
  signal.addEventListener("abort", close, { once: true });
  socket.onopen = () => {
    resolve({
      send: (text) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(text);
      },
      close,
      ended: ended.promise,
    });
  };
  socket.onmessage = ({ data }) => {
    if (typeof data === "string") onText(data);
  };
  socket.onclose = () => {
    signal.removeEventListener("abort", close);
    ended.resolve("the connection ended");
    reject(new Error("could not connect"));
  };
  return promise;
}
