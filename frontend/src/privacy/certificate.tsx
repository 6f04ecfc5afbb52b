import { Button, Text } from "@mantine/core";
import { IconDownload, IconShieldCheck, IconShieldX } from "@tabler/icons-react";
import { useState } from "react";
import { useClient } from "urql";
import { CodeBlock } from "../ui/code-block.tsx";
import { saveText } from "../ui/save-text.ts";
import { toastError } from "../ui/toast.tsx";
import { formatNumber, plural, RelativeTime } from "../ui/values.tsx";
import styles from "./privacy.module.css";
import { CertificateQuery, type Privacy } from "./queries.ts";

interface CertificateProps {
  id: string;
  certificate: NonNullable<Privacy["certificate"]>;
  collections: Privacy["collections"];
}

/** What the search after the act came to, as a signed file, and how anybody checks it. */
export function Certificate({ id, certificate: { at, clean, name }, collections }: CertificateProps) {
  const client = useClient();
  const [busy, setBusy] = useState(false);
  const found = collections.reduce((sum, one) => sum + (one.found ?? 0), 0);
  const searched = collections.reduce((sum, one) => sum + (one.searched ?? 0), 0);
  const download = async () => {
    setBusy(true);
    const { data, error } = await client.query(CertificateQuery, { id }, { requestPolicy: "network-only" }).toPromise();
    setBusy(false);
    const file = data?.run?.privacy?.certificate;
    if (error) toastError(error, "Nothing was downloaded.");
    if (file) saveText(file.name, file.signed);
  };
  const Icon = clean ? IconShieldCheck : IconShieldX;
  return (
    <section className={styles.certificate} aria-labelledby="certificate" data-clean={clean ? "" : undefined}>
      <div className={styles.head}>
        <Icon size={20} aria-hidden="true" color={clean ? "var(--good)" : "var(--bad)"} />
        <h2 id="certificate">{clean ? "Clean: nothing of them was found" : `${plural(found, "place")} still hold something of them`}</h2>
        <Button variant="default" loading={busy} leftSection={<IconDownload size={15} />} onClick={download}>Certificate</Button>
      </div>
      <Text fz="sm">
        {clean ? "Afterwards" : "The table below says where. Afterwards"} every text of {formatNumber(searched)} documents was searched for their addresses, numbers and ids. Made <RelativeTime at={at} />.
      </Text>
      <details className={styles.more}>
        <summary>How to check the certificate</summary>
        <Text fz="sm" mb="sm">It is signed. Whoever gets it can check it without this server, with the public keys that it publishes:</Text>
        <CodeBlock label="Check the certificate" text={`curl -sS ${window.location.origin}/keys > keys.json\nregulars verify-certificate ${name} --key keys.json`} />
      </details>
    </section>
  );
}
