import type { DeliveryBook, TaskBook } from "../../../kernel/task_ports.ts";
import type { Transactions } from "../transactions.ts";
import * as deliveries from "./delivery_rows.ts";
import * as tasks from "./task_rows.ts";

/** Deliveries of tasks that may wait; see `DeliveryBook.addDeliveries`. */
const MAX_PENDING = 1_000;

/** Tasks and deliveries over the transactions of a store. */
export function createTaskBook(
  run: Transactions,
  { now, newId }: { now(): number; newId(nowMs: number): string },
): TaskBook & DeliveryBook {
  return {
    addTask(request, maxOpen) {
      const nowMs = now();
      return run.write((db) => tasks.addTask(db, request, { maxOpen, id: newId(nowMs), nowMs }));
    },
    readTask: (id) => run.read((db) => tasks.readTask(db, id)),
    listTasks: (limit) => run.read((db) => tasks.listTasks(db, limit)),
    openTasks: (limit) => run.read((db) => tasks.openTasks(db, limit)),
    countTasks: (sinceMs) => run.read((db) => tasks.countTasks(db, sinceMs)),
    beginTask: (id) => run.write((db) => tasks.beginTask(db, id, now())),
    parkTask: (id) => run.write((db) => tasks.parkTask(db, id)),
    bindTask: (id, sessionId) => run.write((db) => tasks.bindTask(db, id, sessionId)),
    readRounds: (id) => run.read((db) => tasks.readRounds(db, id)),
    addRound: (id, round, judged) =>
      run.write((db) => tasks.addRound(db, id, round, { ...judged, nowMs: now() })),
    endTask: (id, end, told) =>
      run.write((db) => {
        const nowMs = now();
        const isFirst = tasks.endTask(db, id, end, nowMs);
        if (isFirst && told.length > 0) {
          const ids = told.map(() => newId(nowMs));
          deliveries.addDeliveries(db, told, { ids, maxPending: MAX_PENDING, nowMs });
        }
        return isFirst;
      }),
    addDeliveries: (told, maxPending) =>
      run.write((db) => {
        const nowMs = now();
        const ids = told.map(() => newId(nowMs));
        deliveries.addDeliveries(db, told, { ids, maxPending, nowMs });
      }),
    nextDelivery: (params) => run.read((db) => deliveries.nextDelivery(db, params)),
    keepHooks: (hooks) => run.write((db) => deliveries.keepHooks(db, hooks)),
    endDelivery: (id, end) => run.write((db) => deliveries.endDelivery(db, id, end)),
    deliveryCounts: () => run.read(deliveries.deliveryCounts),
  };
}
