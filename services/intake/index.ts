import { Global, Module, type DynamicModule } from '@nestjs/common';
import { Cases } from '#contracts/apis/cases.js';
import { Fingerprints } from './domain/keys.js';
import { CaseChangesController } from './http/case-changes.controller.js';
import { DuplicatesController } from './http/duplicates.controller.js';
import { NotificationsController } from './http/notifications.controller.js';
import { CaseFileStore } from './store/case-file-store.js';
import { CasesOnFile } from './store/cases-on-file.js';
import { Intake1700000000002 } from './store/migrations.js';
import { AcceptNotificationHandler, OpenCaseSlice } from './use-cases/accept-notification.js';
import { AmendCaseHandler, CancelCaseHandler, ChangeSlice, DecideDuplicateHandler, InviteHandler } from './use-cases/change-case.js';
import { AcceptInvitationHandler, Invitations, JoinSlice } from './use-cases/join-case.js';

export const intakeMigrations = [Intake1700000000002];

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
        { provide: Fingerprints, useValue: new Fingerprints(key) },
        { provide: Cases, useClass: CasesOnFile },
        CaseFileStore, Invitations, OpenCaseSlice, JoinSlice, ChangeSlice,
        AcceptNotificationHandler, AcceptInvitationHandler, AmendCaseHandler, CancelCaseHandler, InviteHandler, DecideDuplicateHandler,
      ],
      exports: [Cases, OpenCaseSlice],
    };
  }
}
