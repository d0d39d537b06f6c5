import { Injectable } from '@nestjs/common';
import { Cases, type Standing } from '#contracts/apis/cases.js';
import { DomainError, parseReference } from '#libs/kernel/index.js';
import { UnitOfWork } from '#libs/persistence/index.js';
import type { CaseFile } from '../domain/case-file.js';
import { CaseFileStore } from '../store/case-file-store.js';

/** The vault's file of a case for somebody who is party to it; to anyone else the case does not exist. */
@Injectable()
export class PartyFile {
  constructor(private readonly cases: Cases, private readonly unitOfWork: UnitOfWork, private readonly files: CaseFileStore) {}

  async standing(reference: string, subject: string): Promise<Standing> {
    const read = parseReference(reference);
    const standing = read && (await this.cases.find(read, subject));
    if (!standing) throw new DomainError('case.not-found', 'There is no such case.', 404);
    return standing;
  }

  async get(standing: Standing): Promise<CaseFile> {
    const file = await this.unitOfWork.read(async (unit) => (await this.files.load(unit, [standing.caseId])).get(standing.caseId));
    if (!file) throw new DomainError('case.not-found', 'There is no such case.', 404);
    return file;
  }
}
