import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { targetOf } from '#contracts/bundles/index.js';
import { Clock, DomainError } from '#libs/kernel/index.js';
import { CurrentPrincipal, type Principal } from '#libs/runtime/auth/index.js';
import { ApiOkResponse, ApiOperation, ApiTags } from '#libs/runtime/described.js';
import { ReceiptSigner } from '../receipts/receipt-signer.js';
import { DecideConsent } from '../use-cases/decide-consent.js';
import { ConsentsView, ConsentView, DecideConsentBody } from './consent.dto.js';
import { PartyFile } from './party-file.js';
import { consentsOf, ownConsent } from './views.js';

@ApiTags('Consent')
@Controller('cases/:reference/consents')
export class ConsentsController {
  constructor(private readonly party: PartyFile, private readonly bus: CommandBus, private readonly clock: Clock, private readonly signer: ReceiptSigner) {}

  @Get()
  @ApiOperation({ summary: 'Your consents of this case, with their receipts' })
  @ApiOkResponse({ type: ConsentsView })
  async list(@Param('reference') reference: string, @CurrentPrincipal() principal: Principal): Promise<ConsentsView> {
    const standing = await this.party.standing(reference, principal.subject);
    return { reference: standing.reference, consents: await consentsOf(await this.party.get(standing), standing, this.clock.now(), this.signer) };
  }

  @Put(':target')
  @ApiOperation({ summary: 'Give, refuse or withdraw your consent for one programme' })
  @ApiOkResponse({ type: ConsentView })
  async decide(
    @Param('reference') reference: string, @Param('target') name: string, @Body() body: DecideConsentBody, @CurrentPrincipal() principal: Principal,
  ): Promise<ConsentView> {
    const standing = await this.party.standing(reference, principal.subject);
    const { caseId, partyId, personId, role } = standing;
    const target = targetOf(standing.lifeEvent, name);
    if (target?.basis !== 'consent') throw new DomainError('consent.unknown-target', 'No programme of this case asks for consent under this name.', 404);
    if (!personId) throw new DomainError('consent.not-signatory', 'Only the person who signs for this programme can decide.', 403);
    await this.bus.execute(new DecideConsent(caseId, { partyId, personId, capacity: role === 'agent' ? 'assisted' : 'self' }, [{
      target: target.target, decision: body.decision, notice: body.notice, language: body.language,
    }]));
    return ownConsent(await this.party.get(standing), target, standing, this.clock.now(), this.signer);
  }
}
