/** What goes on in running tasks, for who follows them: the newest of it is kept while a task runs. */
import type { TaskEvent } from "../../model/services/task.ts";

/** Events of a task that are kept, and their characters; older ones are forgotten. */
const MAX_EVENTS = 500;
const MAX_CHARACTERS = 256 * 1024;

/** Who follows a task; neither may throw. */
export interface Follower {
  tell(event: TaskEvent): void;
  end(): void;
}

interface Running {
  seq: number;
  readonly kept: { readonly event: TaskEvent; readonly size: number }[];
  characters: number;
  readonly followers: Set<Follower>;
}

/** Of all tasks of a process. */
export class TaskProgress {
  readonly #running = new Map<string, Running>();

  /** Tells the followers of a task, and keeps it for those who come later. */
  tell(id: string, name: TaskEvent["name"], data: TaskEvent["data"]): void {
    const running = this.#of(id);
    const event: TaskEvent = { seq: ++running.seq, name, data };
    const size = JSON.stringify(data).length;
    running.kept.push({ event, size });
    running.characters += size;
    while (
      running.kept.length > MAX_EVENTS ||
      (running.characters > MAX_CHARACTERS && running.kept.length > 1)
    ) {
      running.characters -= running.kept.shift()!.size;
    }
    for (const follower of running.followers) follower.tell(event);
  }

  /**
   * Tells what is kept of the time after `from`, then what comes.
   *
   * @returns Ends it.
   */
  follow(id: string, from: number, follower: Follower): () => void {
    const running = this.#of(id);
    // A number of another process of ward is none of this one's.
    const after = from > running.seq ? 0 : from;
    for (const { event } of running.kept) if (event.seq > after) follower.tell(event);
    running.followers.add(follower);
    return () => {
      running.followers.delete(follower);
      if (running.seq === 0 && running.followers.size === 0) this.#running.delete(id);
    };
  }

  /** A task has ended: its followers are told last what it is, and nothing is kept. */
  end(id: string, data: TaskEvent["data"]): void {
    const running = this.#running.get(id);
    if (!running) return;
    this.#running.delete(id);
    const event: TaskEvent = { seq: ++running.seq, name: "state", data };
    for (const follower of running.followers) {
      follower.tell(event);
      follower.end();
    }
  }

  /** Lets all followers go, without an end of what they follow. */
  close(): void {
    for (const { followers } of this.#running.values()) {
      for (const follower of followers) follower.end();
    }
    this.#running.clear();
  }

  #of(id: string): Running {
    let running = this.#running.get(id);
    if (!running) {
      running = { seq: 0, kept: [], characters: 0, followers: new Set() };
      this.#running.set(id, running);
    }
    return running;
  }
}
