import type { Standing } from '#contracts/apis/cases.js';
import type { TargetView } from '#contracts/events/index.js';
import { offerOf } from '#contracts/jurisdictions/index.js';
import { nextStep } from '#contracts/texts/next.js';
import { targetName } from '#contracts/texts/targets.js';
import { CASE_STATUSES, JURISDICTIONS, TARGET_STATUSES, WAITING_ON, nameOf, type JurisdictionId } from '#contracts/words.js';
import { toIso } from '#libs/kernel/index.js';
import { ApiProperty } from '#libs/runtime/described.js';
import { isSettled, type CaseStory } from '../domain/case-story.js';

export class TextDto {
  @ApiProperty() en!: string;
  @ApiProperty() fr!: string;
}

export class TargetDto {
  @ApiProperty({ example: 'sin' }) target!: string;
  @ApiProperty({ type: TextDto }) name!: TextDto;
  @ApiProperty({ example: 'ca/sin' }) programme!: string;
  @ApiProperty({ enum: JURISDICTIONS }) jurisdiction!: string;
  @ApiProperty({ enum: TARGET_STATUSES }) status!: string;
  @ApiProperty({ type: String, nullable: true }) outcome!: string | null;
  @ApiProperty({ type: String, nullable: true }) reason!: string | null;
  @ApiProperty({ description: 'not-needed · awaited · granted · refused · withdrawn · expired · not-asked; of another person only `awaited` or `theirs`' }) consent!: string;
  @ApiProperty({ enum: WAITING_ON, nullable: true, type: String }) waitingOn!: string | null;
  @ApiProperty({ type: [String], description: 'The targets or the person waited for.' }) waitsFor!: readonly string[];
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) expectedBy!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) actionBy!: string | null;
  @ApiProperty() overdue!: boolean;
  @ApiProperty() attempts!: number;
  @ApiProperty({ format: 'date-time' }) changedAt!: string;
  @ApiProperty({ type: TextDto, description: 'What to do next.' }) next!: TextDto;
}

export class CaseDto {
  @ApiProperty({ example: '7K3M-9QXT-2VHB-C' }) reference!: string;
  @ApiProperty({ enum: ['birth'] }) lifeEvent!: string;
  @ApiProperty({ enum: CASE_STATUSES }) status!: string;
  @ApiProperty() settled!: boolean;
  @ApiProperty({ format: 'date-time' }) openedAt!: string;
  @ApiProperty({ format: 'date-time' }) changedAt!: string;
  @ApiProperty({ description: 'The version of the report in force; 1 until it is corrected.' }) version!: number;
  @ApiProperty({ description: 'What you are in this case.', enum: ['notifier', 'signatory', 'agent'] }) role!: string;
  @ApiProperty({ type: [String], description: 'Cases of the other children of the same birth.' }) linked!: readonly string[];
  @ApiProperty({ type: [TargetDto] }) targets!: readonly TargetDto[];
}

export class CaseLineDto {
  @ApiProperty() reference!: string;
  @ApiProperty() lifeEvent!: string;
  @ApiProperty({ enum: CASE_STATUSES }) status!: string;
  @ApiProperty() settled!: boolean;
  @ApiProperty({ format: 'date-time' }) openedAt!: string;
  @ApiProperty() role!: string;
}

const jurisdictionOf = (programme: string): JurisdictionId => programme.slice(0, programme.indexOf('/')) as JurisdictionId;
const iso = (at: number | undefined): string | null => (at === undefined ? null : toIso(at));

/** What this person may see of another's consent is only that it is awaited, or no business of theirs. */
const consentFor = (t: TargetView, standing: Standing): string =>
  t.signatory === undefined || t.signatory === standing.personId ? t.consent : t.consent === 'awaited' ? 'awaited' : 'theirs';
const waitingFor = (t: TargetView, standing: Standing): string | null =>
  t.waitingOn === undefined ? null
  : t.waitingOn === 'other-parent' && t.signatory === standing.personId ? 'you'
  : t.waitingOn === 'notifier' && standing.role !== 'signatory' ? 'you'
  : t.waitingOn;

export const targetDto = (t: TargetView, standing: Standing): TargetDto => {
  const offer = offerOf(jurisdictionOf(t.programme), nameOf(t.programme), toIso(standing.openedAt).slice(0, 10));
  const waitingOn = waitingFor(t, standing);
  return {
    target: t.target, name: targetName(t.target), programme: t.programme, jurisdiction: jurisdictionOf(t.programme), status: t.status, outcome: t.outcome ?? null, reason: t.reason ?? null,
    consent: consentFor(t, standing), waitingOn, waitsFor: t.waitsFor ?? [], expectedBy: iso(t.expectedBy), actionBy: iso(t.actionBy), overdue: t.overdue, attempts: t.attempts,
    changedAt: toIso(t.changedAt), next: nextStep({ ...t, ...(waitingOn === 'you' && { waitingOn: 'you' }) }, offer ? { offer } : {}),
  };
};

export const caseDto = (story: CaseStory, standing: Standing, linked: readonly string[]): CaseDto => ({
  reference: standing.reference, lifeEvent: story.lifeEvent, status: story.status, settled: isSettled(story), openedAt: toIso(standing.openedAt), changedAt: toIso(story.changedAt),
  version: story.version, role: standing.role, linked, targets: [...story.targets.values()].map((t) => targetDto(t, standing)),
});
