import { Global, Module, type DynamicModule, type Provider } from '@nestjs/common';
import { Cases } from '#contracts/apis/cases.js';
import { Vault } from '#contracts/apis/vault.js';
import { PostgresLogTable } from '#libs/event-log/index.js';
import { UnitOfWork } from '#libs/persistence/index.js';
import { Backlog } from './backlog/backlog.js';
import { Fingerprints } from './domain/keys.js';
import { CaseChangesController } from './http/case-changes.controller.js';
import { DuplicatesController } from './http/duplicates.controller.js';
import { NotificationsController } from './http/notifications.controller.js';
import { Reports } from './report.js';
import { CaseFileStore } from './store/case-file-store.js';
import { CasesOnFile } from './store/cases-on-file.js';
import { Intake1700000000002 } from './store/migrations.js';
import { AcceptNotificationHandler, OpenCaseSlice } from './use-cases/accept-notification.js';
import { AmendCaseHandler, CancelCaseHandler, ChangeSlice, DecideDuplicateHandler, InviteHandler } from './use-cases/change-case.js';
import { AcceptInvitationHandler, Invitations, JoinSlice } from './use-cases/join-case.js';

export { Backlog, type Reason, type Taken } from './backlog/backlog.js';
export { Reports } from './report.js';
export const intakeMigrations = [Intake1700000000002];

const accepting = (key: Buffer): Provider[] => [
  { provide: Fingerprints, useValue: new Fingerprints(key) },
  { provide: Cases, useClass: CasesOnFile },
  Reports, Backlog, CaseFileStore, OpenCaseSlice, JoinSlice, AcceptNotificationHandler,
];

/** Take a notification: idempotency, duplicates, invitations, amendments, cancellations; and who may see which case. */
@Global()
@Module({})
export class IntakeModule {
  /** `key` keys every fingerprint; losing it loses idempotency and the recognition of duplicates, not the cases. */
  static forRoot({ key }: { readonly key: Buffer }): DynamicModule {
    return {
      module: IntakeModule,
      controllers: [NotificationsController, CaseChangesController, DuplicatesController],
      providers: [
        ...accepting(key), Invitations,
        {
          provide: ChangeSlice, inject: [UnitOfWork, CaseFileStore, Vault],
          useFactory: (unitOfWork: UnitOfWork, files: CaseFileStore, vault: Vault) => new ChangeSlice(unitOfWork, files, vault, new PostgresLogTable()),
        },
        AcceptInvitationHandler, AmendCaseHandler, CancelCaseHandler, InviteHandler, DecideDuplicateHandler,
      ],
      exports: [Backlog, Cases, OpenCaseSlice, Reports],
    };
  }

  /** Only what takes a backlog, for a process beside the one that serves: no routes, nothing that reads the log. */
  static forBacklog({ key }: { readonly key: Buffer }): DynamicModule {
    return { module: IntakeModule, providers: accepting(key), exports: [Backlog, Cases] };
  }
}
