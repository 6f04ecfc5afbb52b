import { Button, Text, Title, UnstyledButton } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import type { ResultOf } from "../graphql.ts";
import { Status } from "../ui/status.tsx";
import { plainDate, plural } from "../ui/values.tsx";
import styles from "./imports.module.css";
import type { ImportDetailsQuery } from "./queries.ts";

export type Details = NonNullable<NonNullable<ResultOf<typeof ImportDetailsQuery>["run"]>["import"]>;

interface ProblemsProps {
  problems: Details["problems"];
  shown: string | undefined;
  onShow: (code: string | undefined) => void;
}

/** What is wrong or doubtful, one line a kind, with how many rows; a click shows those rows. */
export function Problems({ problems, shown, onShow }: ProblemsProps) {
  if (problems.length === 0) return null;
  return (
    <section>
      <Title order={2} mb="sm">Problems</Title>
      <ul className={styles.problems}>
        {sorted(problems).map((problem) => (
          <li key={`${problem.severity} ${problem.code}`}>
            <UnstyledButton className={styles.problem} aria-pressed={shown === problem.code} onClick={() => onShow(shown === problem.code ? undefined : problem.code)}>
              <Status tone={problem.severity === "ERROR" ? "bad" : "warn"}>{problem.severity === "ERROR" ? "Row left out" : "Warning"}</Status>
              <span className={styles.message}>{problem.message}</span>
              <span className="num">{plural(problem.count, "row")}</span>
            </UnstyledButton>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What keeps rows out first, then by how many rows. */
function sorted(problems: Details["problems"]): Details["problems"] {
  return problems.toSorted((one, other) => Number(other.severity === "ERROR") - Number(one.severity === "ERROR") || other.count - one.count);
}

/** The rows that can be corrected and uploaded again, as a file; it is kept for some days only. */
export function ErrorFile({ file, rows }: { file: Details["errorFile"] | undefined; rows: number }) {
  if (rows === 0) return null;
  if (!file) return <Text fz="sm" c="dimmed">The error file is no longer kept.</Text>;
  const until = file.expiresAt ? `; kept until ${plainDate(file.expiresAt)}` : "";
  return (
    <Button component="a" href={file.url} download variant="default" leftSection={<IconDownload size={15} />}
      title={`${plural(rows, "row")} to correct and upload again${until}`}>
      Download the error file
    </Button>
  );
}
