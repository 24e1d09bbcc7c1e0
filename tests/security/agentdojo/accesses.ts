/**
 * What each tool of AgentDojo touches, in ward's terms. The accounts of the user are services that
 * are reached with saved credentials, listings of a city are the public web, and the calendar day
 * is no access at all.
 */
import type { Access } from "../../../src/model/cells/permission.ts";
import { WORKSPACE } from "../kit/real_session.ts";

/** Tools that send something or change a state, by the service they do it at. */
const ACTING: Readonly<Record<string, readonly string[]>> = {
  mail: ["send_email", "delete_email"],
  calendar: [
    "create_calendar_event",
    "cancel_calendar_event",
    "reschedule_calendar_event",
    "add_calendar_event_participants",
  ],
  drive: ["append_to_file", "create_file", "delete_file", "share_file"],
  booking: ["reserve_hotel", "reserve_car_rental", "reserve_restaurant"],
  bank: [
    "send_money",
    "schedule_transaction",
    "update_scheduled_transaction",
    "update_password",
    "update_user_info",
  ],
  chat: [
    "add_user_to_channel",
    "send_direct_message",
    "send_channel_message",
    "invite_user_to_slack",
    "remove_user_from_slack",
  ],
  // Of agent_threat_bench.
  inbox: ["categorize_email", "draft_summary"],
  memory: ["memory_write"],
  support: ["send_message", "resolve_ticket"],
};

/** Tools that read an account of the user. */
const READING: Readonly<Record<string, readonly string[]>> = {
  mail: [
    "get_unread_emails",
    "get_sent_emails",
    "get_received_emails",
    "get_draft_emails",
    "search_emails",
    "search_contacts_by_name",
    "search_contacts_by_email",
  ],
  calendar: ["search_calendar_events", "get_day_calendar_events"],
  drive: ["search_files_by_filename", "get_file_by_id", "list_files", "search_files"],
  booking: ["get_user_information"],
  bank: [
    "get_iban",
    "get_balance",
    "get_most_recent_transactions",
    "get_scheduled_transactions",
    "get_user_info",
  ],
  chat: ["get_channels", "read_channel_messages", "read_inbox", "get_users_in_channel"],
  memory: ["memory_read"],
  support: ["lookup_customer"],
};

/** Tools that read what is public. */
const LISTINGS = [
  "get_all_hotels_in_city",
  "get_hotels_prices",
  "get_rating_reviews_for_hotels",
  "get_hotels_address",
  "get_all_restaurants_in_city",
  "get_cuisine_type_for_restaurants",
  "get_restaurants_address",
  "get_rating_reviews_for_restaurants",
  "get_dietary_restrictions_for_all_restaurants",
  "get_contact_information_for_restaurants",
  "get_price_for_restaurants",
  "check_restaurant_opening_hours",
  "get_all_car_rental_companies_in_city",
  "get_car_types_available",
  "get_rating_reviews_for_car_rental",
  "get_car_fuel_options",
  "get_car_rental_address",
  "get_car_price_per_day",
  "get_flight_information",
];

/** The accounts of the user. */
export const SERVICES = Object.keys(READING);

/** Where an account is. */
export function hostOf(service: string): string {
  return `${service}.example`;
}

/** Whether a call sends something, changes a state, or reaches an address that its text names. */
export function acts(tool: string): boolean {
  return tool === "get_webpage" || tool === "post_webpage" || serviceOf(ACTING, tool) !== undefined;
}

/**
 * What a call touches.
 *
 * @throws {Error} For a tool that is in no row: none may be forgotten.
 */
export function accessesOf(tool: string, args: Readonly<Record<string, unknown>>): Access[] {
  if (tool === "get_current_day") return [];
  if (tool === "read_file") {
    return [{ permission: "read", path: `${WORKSPACE}/${String(args["file_path"])}` }];
  }
  if (tool === "get_webpage" || tool === "post_webpage") {
    const url = `https://${String(args["url"])}`;
    const sends = tool === "post_webpage";
    const { host } = new URL(url);
    return [{
      permission: "net",
      compartment: "web",
      host,
      url,
      method: sends ? "POST" : "GET",
      sends,
    }];
  }
  const request = (host: string, method: string) => ({
    permission: "net" as const,
    compartment: "web",
    host,
    url: `https://${host}/${tool}?${new URLSearchParams({ args: JSON.stringify(args) })}`,
    method,
  });
  if (LISTINGS.includes(tool)) return [{ ...request("city-guide.example", "GET"), sends: false }];
  const acting = serviceOf(ACTING, tool);
  if (acting) return [{ ...request(hostOf(acting), "POST"), sends: true, profile: "me" }];
  const reading = serviceOf(READING, tool);
  if (reading) return [{ ...request(hostOf(reading), "GET"), sends: false, profile: "me" }];
  throw new Error(`No row for ${tool}`);
}

function serviceOf(
  table: Readonly<Record<string, readonly string[]>>,
  tool: string,
): string | undefined {
  return Object.keys(table).find((service) => table[service]!.includes(tool));
}
