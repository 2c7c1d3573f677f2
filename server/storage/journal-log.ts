/** Where the journal says what an operator should know; a pino logger fits. */
export interface JournalLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

export const SILENT_LOG: JournalLog = {
  info: () => undefined,
  warn: () => undefined,
};
