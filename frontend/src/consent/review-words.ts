import type { Tone } from "../ui/status.tsx";
import type { Agreements } from "./queries.ts";
import type { Held } from "./review-queries.ts";
import { topicName, topicOf } from "./topics.ts";
import { STATES } from "./words.tsx";

/** Why a consent waits. */
export const REASONS: Record<Held["why"], { tone: Tone; word: string }> = {
  NO_BASIS: { tone: "warn", word: "No basis" },
  NO_DATE: { tone: "warn", word: "No date" },
  NO_SOURCE: { tone: "warn", word: "No source" },
  NO_PERMISSION: { tone: "warn", word: "Importer may not" },
  UNKNOWN_TERM: { tone: "warn", word: "Unknown terms" },
  RESUBSCRIBE: { tone: "bad", word: "They withdrew" },
  EARLIER_IMPORT: { tone: "quiet", word: "Earlier import" },
};

export const STATUSES: Record<Held["status"], [Tone, string]> = {
  OPEN: ["going", "Open"], ACCEPTED: ["good", "Accepted"], REJECTED: ["quiet", "Rejected"],
};

/** "Granted: Email for marketing". */
export function whatText(row: Held, known: Agreements | undefined): string {
  const topic = topicOf(row);
  const state = STATES[row.state][1];
  return topic ? `${state}: ${topicName(topic, known)}` : state;
}
