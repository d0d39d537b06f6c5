import { defineAdapter } from '../adapter.js';
import { addressOf, asDeclared, compact } from '../shapes.js';
import { agreements, needs } from './agreement.js';

/** An order for a certificate of a birth that is registered. */
export const birthCertificate = defineAdapter({
  kind: 'birth-certificate',
  needs,
  agreements,
  codes: {
    ISSUED: { state: 'final', status: 'completed', outcome: 'issued' },
    FEE_DUE: { state: 'action-required', status: 'action-required', outcome: 'fee-due' },
  },
  toRequest: (shared) => {
    const [applicant, address] = [shared['signatory.names'], shared['residence.address']];
    return compact({
      registrationNumber: shared['yield.registrationNumber'],
      format: shared['choice.certificate'] === 'long-form' ? 'certified-copy' : 'certificate',
      applicant: applicant && asDeclared(applicant),
      deliverTo: address && addressOf(address),
    });
  },
});
