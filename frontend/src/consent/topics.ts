// What an entry of the ledger is about, as a value, in the address, and as the API takes it.
import type { VariablesOf } from "../graphql.ts";
import type { Agreements, RecordMutation } from "./queries.ts";
import { type Channel, CHANNELS, channelWord, type Identifier, nameOf, type Standing } from "./words.tsx";

export type Topic =
  | { kind: "channel"; channel: Channel; purpose: string }
  | { kind: "list"; list: string }
  | { kind: "term"; term: string }
  | { kind: "doNotSell" };

type Item = VariablesOf<typeof RecordMutation>["input"]["items"][number];
export type IdentifierInput = Item["identifier"];
export type RecordedState = Item["state"];

/** "channel.EMAIL.MARKETING", for an address. */
export function topicText(topic: Topic): string {
  switch (topic.kind) {
    case "channel": return `channel.${topic.channel}.${topic.purpose}`;
    case "list": return `list.${topic.list}`;
    case "term": return `term.${topic.term}`;
    case "doNotSell": return "doNotSell";
  }
}

/** Reads it back; undefined for what is none. */
export function readTopic(text: string | undefined): Topic | undefined {
  const [kind, first = "", second = ""] = (text ?? "").split(".");
  const channel = CHANNELS.find((one) => one === first);
  if (kind === "channel" && channel && second) return { kind, channel, purpose: second };
  if (kind === "list" && first) return { kind, list: first };
  if (kind === "term" && first) return { kind, term: first };
  return kind === "doNotSell" ? { kind } : undefined;
}

/** The part of an input that names it. */
export function topicInput(topic: Topic) {
  switch (topic.kind) {
    case "channel": return { channel: topic.channel, purpose: topic.purpose };
    case "list": return { list: topic.list };
    case "term": return { term: topic.term };
    case "doNotSell": return { doNotSell: true };
  }
}

/** "Email for marketing". */
export function topicName(topic: Topic, known: Agreements | undefined): string {
  switch (topic.kind) {
    case "channel": return `${channelWord(topic.channel)} for ${nameOf(known?.purposes, topic.purpose).toLowerCase()}`;
    case "list": return `List ${nameOf(known?.lists, topic.list)}`;
    case "term": return nameOf(known?.terms, topic.term);
    case "doNotSell": return "Do not sell or share";
  }
}

/** The topic of an entry or a standing. */
export function topicOf(one: Pick<Standing, "topic" | "channel" | "purpose" | "list" | "term">): Topic | undefined {
  if (one.topic === "CHANNEL" && one.channel && one.purpose) return { kind: "channel", channel: one.channel, purpose: one.purpose };
  if (one.topic === "LIST" && one.list) return { kind: "list", list: one.list };
  if (one.topic === "TERM" && one.term) return { kind: "term", term: one.term };
  return one.topic === "DO_NOT_SELL" ? { kind: "doNotSell" } : undefined;
}

/** What stands now for a topic at an identifier; undefined where nothing was ever recorded. */
export function standingOf(identifier: Identifier, topic: Topic): Standing | undefined {
  const wanted = topicText(topic);
  return identifier.standings.find((one) => {
    const own = topicOf(one);
    return own && topicText(own) === wanted;
  });
}

/** The identifiers that a consent on a channel belongs to. */
export const onChannel = (identifiers: readonly Identifier[], channel: Channel) => identifiers.filter(({ channels }) => channels.includes(channel));

/** How the API is told which identifier is meant; undefined where its value may not be seen. */
export function identifierInput({ kind, value }: Pick<Identifier, "kind" | "value">, customerId: string): IdentifierInput | undefined {
  if (kind === "CUSTOMER") return { customerId };
  if (value === null) return undefined;
  switch (kind) {
    case "EMAIL": return { email: value };
    case "PHONE": return { phone: value };
    case "PUSH": return { push: value };
    case "WEB_PUSH": return { webPush: value };
    case "REFERENCE_ID": return { referenceId: value };
  }
}
