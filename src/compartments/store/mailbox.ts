/** The mailbox of an open store: each method is one transaction. */
import type { Mailbox } from "../../kernel/mail_ports.ts";
import * as chats from "./rows/mail/chats.ts";
import * as inbound from "./rows/mail/inbound.ts";
import * as outbound from "./rows/mail/outbound.ts";
import type { Transactions } from "./transactions.ts";

/** What a turn may leave in the log; as for other turns. */
const TURN_LOG_BYTES = 256 * 1024;

/**
 * Builds it.
 *
 * @param made A new id and the time, for each row.
 */
export function createMailbox(run: Transactions, made: () => inbound.Made): Mailbox {
  const now = () => made().nowMs;
  // What a power cut takes back of a message that was only begun is done again: nothing was said of
  // it, and before anything is, something is stored that all waits for.
  return {
    acceptInbound: (given) => run.write((db) => inbound.acceptInbound(db, given, made())),
    readCursor: (channel) => run.read((db) => inbound.readCursor(db, channel)),
    nextInbound: (which) => run.read((db) => inbound.nextInbound(db, which)),
    waitingInbound: (which) => run.read((db) => inbound.waitingInbound(db, which)),
    takeUpInbound: (taken) => run.note((db) => inbound.takeUpInbound(db, taken, made())),
    findChat: (key) => run.read((db) => chats.findChat(db, key)),
    moveChat: (moved) => run.write((db) => chats.moveChat(db, moved)),
    leaveChat: (key) => run.write((db) => chats.leaveChat(db, key)),
    chosenModel: (key) => run.read((db) => chats.chosenModel(db, key)),
    chooseModel: (chosen) => run.write((db) => chats.chooseModel(db, chosen)),
    beginInbound: (begun) => run.note((db) => inbound.beginInbound(db, begun, now())),
    finishInbound(end, audit) {
      const ended = run.audited(audit, (db) => inbound.finishInbound(db, end, made()));
      // Between two turns nobody waits for the store.
      run.tidy(TURN_LOG_BYTES);
      return ended;
    },
    parkInbound: (parked) => run.write((db) => inbound.parkInbound(db, parked, made())),
    putOutbound: (message) => run.write((db) => outbound.addOutbound(db, message, made())),
    changeOutbound: (change) => run.write((db) => outbound.changeOutbound(db, change)),
    liveOutbound: (id) => run.read((db) => outbound.liveOutbound(db, id)),
    sentAs: (id) => run.read((db) => outbound.sentAs(db, id)),
    takeOutbound: (which) => run.write((db) => outbound.takeOutbound(db, which, now())),
    markSent: (sent) => run.write((db) => outbound.markSent(db, sent, now())),
    putBack: (which) => run.write((db) => outbound.putBack(db, which)),
    giveUpOutbound: (which) => run.write((db) => outbound.giveUpOutbound(db, which, now())),
    openQuestions: () => run.read((db) => outbound.openQuestions(db, now())),
    countMail: () => run.read(chats.countMail),
    sweepMail: (before) => run.write((db) => chats.sweepMail(db, before, now())),
  };
}
