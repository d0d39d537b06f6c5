import type { Act, RecordedDecision } from '../domain/case-file.js';

/** Decisions that follow each other and say the same, each of a programme under the notice that was read. */
interface Said extends Omit<RecordedDecision, 'target' | 'notice'> {
  /** Notice by target. */
  readonly of: Readonly<Record<string, string>>;
}
/** An act as it is stored: who stated it, and what. */
export interface ActDoc {
  readonly by: Act['by'];
  readonly said: readonly Said[];
}
/** Acts of earlier builds list each decision whole. */
export type StoredAct = ActDoc | Pick<Act, 'by' | 'decisions'>;

export const packAct = ({ by, decisions }: Pick<Act, 'by' | 'decisions'>): ActDoc => {
  const said: { decision: RecordedDecision['decision']; language: RecordedDecision['language']; expiresAt?: number; of: Record<string, string> }[] = [];
  for (const { target, notice, decision, language, expiresAt } of decisions) {
    const last = said.at(-1);
    if (last?.decision === decision && last.language === language && last.expiresAt === expiresAt) last.of[target] = notice;
    else said.push({ decision, language, ...(expiresAt !== undefined && { expiresAt }), of: { [target]: notice } });
  }
  return { by, said };
};

export const unpackAct = (doc: StoredAct): Pick<Act, 'by' | 'decisions'> =>
  'said' in doc ? { by: doc.by, decisions: doc.said.flatMap(({ of, ...rest }) => Object.entries(of).map(([target, notice]) => ({ target, notice, ...rest }))) } : doc;
