/** What one party may see of a case's vault. */
import type { Standing } from '#contracts/apis/cases.js';
import { bundles, conditions, targetOf, type Target } from '#contracts/bundles/index.js';
import { birthFacts } from '#contracts/notifications/birth.facts.js';
import { toIso } from '#libs/kernel/index.js';
import type { AccessLine, Act, CaseFile, RecordedDecision } from '../domain/case-file.js';
import { consentInForce, newestDecision, signatoryOf } from '../domain/consent.js';
import { receiptOf, recordId } from '../receipts/receipt.js';
import type { ReceiptSigner } from '../receipts/receipt-signer.js';
import type { ConsentRecordView, ConsentView } from './consent.dto.js';
import type { ReleaseView } from './release.dto.js';

const recordView = async (caseId: string, act: Act, decision: RecordedDecision, target: Target, signer: ReceiptSigner): Promise<ConsentRecordView> => {
  const receipt = receiptOf(caseId, act, decision, target);
  return {
    id: recordId(caseId, act, decision), decision: decision.decision, notice: decision.notice, language: decision.language, at: toIso(act.at), capacity: act.by.capacity,
    ...(decision.expiresAt !== undefined && { expiresAt: toIso(decision.expiresAt) }), receipt, signature: await signer.sign(receipt),
  };
};

/** A target this person signs for, or once decided on. */
export const ownConsent = async (file: CaseFile, target: Target, { personId }: Standing, now: number, signer: ReceiptSigner): Promise<ConsentView> => {
  const acts = file.acts.filter((act) => act.by.personId === personId).reverse();
  const history = await Promise.all(acts.flatMap((act) => act.decisions.filter((d) => d.target === target.target).map((d) => recordView(file.caseId, act, d, target, signer))));
  const standing = personId && newestDecision(file.acts, target.target, personId)?.decision.decision;
  const expired = standing === 'granted' && !consentInForce(file.acts, target.target, personId!, now);
  return {
    target: target.target, status: expired ? 'expired' : (standing || undefined) ?? 'not-decided', ...(target.notice !== undefined && { notice: target.notice }),
    ...(history[0] && { record: history[0], history }),
  };
};

/** One's own consents with their receipts; of another person's only that it is waited for. */
export const consentsOf = async (file: CaseFile, standing: Standing, now: number, signer: ReceiptSigner): Promise<ConsentView[]> => {
  const { declaration, acts, caseId } = file;
  const views: ConsentView[] = [];
  for (const target of bundles[standing.lifeEvent]?.targets ?? []) {
    if (target.basis !== 'consent') continue;
    const mine = standing.personId !== undefined && (newestDecision(acts, target.target, standing.personId) !== undefined);
    const asked = declaration && (target.presentWhen === undefined || conditions[target.presentWhen](birthFacts(caseId, declaration, [])));
    const signatory = asked ? signatoryOf(target, declaration)?.id : undefined;
    if (mine || (signatory !== undefined && signatory === standing.personId)) views.push(await ownConsent(file, target, standing, now, signer));
    else if (signatory !== undefined && !newestDecision(acts, target.target, signatory)) views.push({ target: target.target, status: 'waiting-for-other-parent' });
  }
  return views;
};

/** What is told for the child is common to all parties; what a person signs for as the one who gave birth, and questions about a person, are theirs. */
const mayRead = (line: AccessLine, file: CaseFile, { personId, lifeEvent }: Standing): boolean => {
  if (line.kind === 'identify') return line.personId === personId;
  const target = targetOf(lifeEvent, line.target);
  if (line.basis === 'law' || target?.signatory === 'notifier') return true;
  return target !== undefined && file.declaration !== undefined && signatoryOf(target, file.declaration)?.id === personId;
};

/** Who received which fields, newest first. */
export const releasesOf = (file: CaseFile, standing: Standing): ReleaseView[] =>
  file.lines.filter((line) => mayRead(line, file, standing)).toReversed().map(({ deliveryId: _, attempt: _attempt, at, lastAt, fields, ...line }) => ({
    ...line, fields: [...fields], at: toIso(at), ...(lastAt !== undefined && { lastAt: toIso(lastAt) }),
  }));
