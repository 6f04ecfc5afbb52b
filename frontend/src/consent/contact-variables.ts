/** The question for each channel. */
export function contactVariables(id: string, purpose: string) {
  const about = { identifier: { customerId: id }, purpose };
  return {
    email: { ...about, channel: "EMAIL" }, sms: { ...about, channel: "SMS" }, phone: { ...about, channel: "PHONE" }, push: { ...about, channel: "PUSH" },
    webPush: { ...about, channel: "WEB_PUSH" }, post: { ...about, channel: "POST" }, inApp: { ...about, channel: "IN_APP" },
  } as const;
}
