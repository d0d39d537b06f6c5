import { Type } from 'class-transformer';
import {
  ArrayMaxSize, ArrayMinSize, ArrayUnique, Equals, IsArray, IsBoolean, IsDefined, IsIn, IsInt, IsOptional, Matches, Max, Min, ValidateBy,
  ValidateNested, type ValidationArguments,
} from 'class-validator';
import { CIRCUMSTANCES, LANGUAGES, PARENT_IDS, PROVINCES_AND_TERRITORIES, type Circumstance, type Language, type ParentId, type ProvinceOrTerritory } from '../words.js';
import { IsCountry, IsFacility, IsPersonName, IsPlainText, IsPostalCode, IsRealDate, IsSin, IsTimeOfDay, isHealthNumber } from './formats.js';

/** The version under which declarations of this shape are stored in the vault. */
export const BIRTH_SCHEMA = 1;

export class Names {
  /** Given names in order; empty for a single name, which is then the family name. */
  @IsArray() @ArrayMaxSize(8) @IsPersonName({ each: true }) given!: string[];
  @IsPersonName() family!: string;
  /** The same names in Roman letters, for programmes that can hold no other script. */
  @IsOptional() @IsPersonName() romanised?: string;
}

export class Address {
  @IsPlainText() line!: string;
  @IsPlainText() municipality!: string;
  @IsIn(PROVINCES_AND_TERRITORIES) jurisdiction!: ProvinceOrTerritory;
  @IsPostalCode() postalCode!: string;
}

/** Born in Canada: the province or territory. Born abroad: the country. Exactly one of the two. */
export class BirthPlace {
  @IsOptional() @IsIn(PROVINCES_AND_TERRITORIES) jurisdiction?: ProvinceOrTerritory;
  @IsOptional() @IsCountry() country?: string;
}

const ExactlyOnePlace = () => ValidateBy({
  name: 'exactlyOnePlace',
  validator: {
    validate: (v: unknown) => typeof v === 'object' && v !== null && ('jurisdiction' in v && v.jurisdiction !== undefined) !== ('country' in v && v.country !== undefined),
    defaultMessage: () => 'must name either the province or territory of birth, or the country of birth, and not both',
  },
}, { context: { code: 'birth-place.invalid' } });

export class HealthNumber {
  @IsIn(PROVINCES_AND_TERRITORIES) jurisdiction!: ProvinceOrTerritory;
  @ValidateBy({
    name: 'isHealthNumber',
    validator: {
      validate: (v: unknown, args?: ValidationArguments) => typeof v === 'string' && isHealthNumber((args?.object as HealthNumber).jurisdiction, v),
      defaultMessage: () => 'must be a health number as that province or territory issues it',
    },
  }, { context: { code: 'health-number.invalid' } }) number!: string;
}

const PARENT_ROLES = ['gave-birth', 'parent'] as const;
const STATUSES = ['citizen', 'permanent-resident', 'protected-person', 'temporary-resident', 'none', 'unknown'] as const;

export class Parent {
  /** The declaration's own word for this person; a closed list, because it also stands on the log. */
  @IsIn(PARENT_IDS) id!: ParentId;
  @IsIn(PARENT_ROLES) role!: (typeof PARENT_ROLES)[number];
  @IsDefined() @ValidateNested() @Type(() => Names) names!: Names;
  @IsRealDate() birthDate!: string;
  @IsDefined() @ValidateNested() @Type(() => BirthPlace) @ExactlyOnePlace() birthPlace!: BirthPlace;
  @IsIn(STATUSES) legalStatus!: (typeof STATUSES)[number];
  @IsOptional() @IsSin() sin?: string;
  @IsOptional() @ValidateNested() @Type(() => HealthNumber) healthNumber?: HealthNumber;
}

export class MultipleBirth {
  @IsInt() @Min(2) @Max(8) count!: number;
  @IsInt() @Min(1) @Max(8) order!: number;
}

export class Child {
  /** A stillborn child need not be named. */
  @IsOptional() @ValidateNested() @Type(() => Names) names?: Names;
  @IsIn(['F', 'M', 'X']) sex!: 'F' | 'M' | 'X';
  @IsOptional() @ValidateNested() @Type(() => MultipleBirth) multipleBirth?: MultipleBirth;
}

export class Birth {
  @IsIn(['live-birth', 'stillbirth']) outcome!: 'live-birth' | 'stillbirth';
  @IsRealDate() date!: string;
  @IsOptional() @IsTimeOfDay() time?: string;
  @IsIn(PROVINCES_AND_TERRITORIES) jurisdiction!: ProvinceOrTerritory;
  @IsPlainText() municipality!: string;
  /** The hospital or birth centre, which sends its own notice; absent for a birth at home. */
  @IsOptional() @IsFacility() facility?: string;
}

/** One decision of the person who reports, about one target they may sign for. Nothing is on by default. */
export class Decision {
  @Matches(/^[a-z][a-z-]{1,39}$/) target!: string;
  @IsIn(['granted', 'refused']) decision!: 'granted' | 'refused';
  /** The version of the notice that was read: `GET /v1/notices/{id}`. */
  @Matches(/^[a-z][a-z-]{1,59}\.v\d{1,4}$/, { context: { code: 'notice.invalid' }, message: 'must be the id of the notice that was read, such as child-benefits.v1' }) notice!: string;
  @IsIn(LANGUAGES) language!: Language;
}

export class BirthChoices {
  @IsOptional() @IsIn(['short-form', 'long-form']) certificate?: 'short-form' | 'long-form';
  @IsOptional() @Matches(/^[a-z][a-z0-9-]{0,39}$/) promoter?: string;
  @IsOptional() @IsBoolean() indianRegistration?: boolean;
}

export class Contact {
  @IsIn(LANGUAGES) language!: Language;
  @IsOptional() @Matches(/^[^\s@]{1,64}@[^\s@]{1,190}$/, { context: { code: 'email.invalid' }, message: 'must be an e-mail address' }) email?: string;
  @IsOptional() @Matches(/^\+?[0-9 ()-]{7,20}$/, { context: { code: 'telephone.invalid' }, message: 'must be a telephone number' }) telephone?: string;
}

/** What a person tells us of a birth, once. The body carries only the notifier's own decisions. */
export class BirthNotification {
  @Equals('birth') lifeEvent!: 'birth';
  @IsDefined() @ValidateNested() @Type(() => Birth) birth!: Birth;
  @IsDefined() @ValidateNested() @Type(() => Child) child!: Child;
  @IsArray() @ArrayMinSize(1) @ArrayMaxSize(4) @ArrayUnique((p: Parent) => p.id, { context: { code: 'person-id.twice' }, message: 'must name each person once' }) @ValidateNested({ each: true }) @Type(() => Parent) parents!: Parent[];
  /** Which of the parents reports, or has the agent report. */
  @IsIn(PARENT_IDS) notifier!: ParentId;
  @IsDefined() @ValidateNested() @Type(() => Address) residence!: Address;
  @IsDefined() @ValidateNested() @Type(() => Contact) contact!: Contact;
  @IsOptional() @IsArray() @ArrayUnique() @ArrayMaxSize(3) @IsIn(CIRCUMSTANCES, { each: true }) circumstances?: Circumstance[];
  @IsOptional() @ValidateNested() @Type(() => BirthChoices) choices?: BirthChoices;
  @IsArray() @ArrayMaxSize(12) @ArrayUnique((d: Decision) => d.target, { context: { code: 'decision.twice' }, message: 'must hold one decision per target' }) @ValidateNested({ each: true }) @Type(() => Decision) decisions!: Decision[];
}

/** A declaration at rest in the vault: what was told, with the schema version it was told under. What was decided with it is kept as decisions are. */
export type BirthDeclaration = Omit<BirthNotification, 'decisions'>;
