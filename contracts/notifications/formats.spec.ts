import { describe, expect, it } from '@jest/globals';
import { PROVINCES_AND_TERRITORIES, type ProvinceOrTerritory } from '../words.js';
import { isBcHealthNumber, isHealthNumber, isPersonName, isPlainText, isPostalCode, isRealDate, isSin } from './formats.js';

describe('Social Insurance Numbers', () => {
  it.each(['046454286', '130692544', '123456782', '900000001', '999999998', '046 454 286', '046-454-286'])('%s is accepted', (value) => expect(isSin(value)).toBe(true));
  it.each(['999999999', '123456789', '912345674', '000000000', '800000002', '04645428', '0464542860', '04645428A', '', '046454286 1', '０４６４５４２８６'])('%s is refused', (value) => expect(isSin(value)).toBe(false));
});

describe('health numbers', () => {
  const valid: Readonly<Record<ProvinceOrTerritory, readonly string[]>> = {
    'ca-on': ['9876543217', '9663096510', '9287170261', '1000000008', '9876-543-217'],
    'ca-bc': ['9698658215', '9123456780', '9000000018', '9876543218', '9698 658 215'],
    'ca-qc': ['LAVM90021712', 'lavm 9002 1712'],
    'ca-ab': ['123456789'], 'ca-sk': ['412345678'], 'ca-mb': ['123456789'], 'ca-nb': ['123456789'], 'ca-yt': ['002123456'],
    'ca-ns': ['0012345678'], 'ca-nl': ['123456789012'], 'ca-pe': ['12345678', '1234567890'], 'ca-nt': ['N1234567', 'D1234567', 'M1234567', 'T1234567', 'H1234567'], 'ca-nu': ['112345678'],
  };
  const invalid: Readonly<Record<ProvinceOrTerritory, readonly string[]>> = {
    'ca-on': ['1286844022', '1000000010', '1111111117', '0000000000', '987654321', '98765432170'],
    'ca-bc': ['9698648215', '8698658215', '969865821', '96986582150'],
    'ca-qc': ['LAV900217123', 'LAVM9002171', '900217LAVM12'],
    'ca-ab': ['12345678', '1234567890'], 'ca-sk': ['12345678'], 'ca-mb': ['1234567890'], 'ca-nb': ['12345678'], 'ca-yt': ['1234567890'],
    'ca-ns': ['123456789'], 'ca-nl': ['12345678901'], 'ca-pe': ['123456789', '1234567'], 'ca-nt': ['X1234567', 'N123456', '12345678'], 'ca-nu': ['212345678', '11234567'],
  };
  it.each(PROVINCES_AND_TERRITORIES.flatMap((pt) => valid[pt].map((value) => [pt, value] as const)))('%s accepts %s', (pt, value) => expect(isHealthNumber(pt, value)).toBe(true));
  it.each(PROVINCES_AND_TERRITORIES.flatMap((pt) => invalid[pt].map((value) => [pt, value] as const)))('%s refuses %s', (pt, value) => expect(isHealthNumber(pt, value)).toBe(false));

  it('British Columbia has no check digit for 900000004', () => {
    expect(Array.from({ length: 10 }, (_, check) => isBcHealthNumber(`900000004${check}`))).toEqual(Array<boolean>(10).fill(false));
  });

  it('a number of one province is not one of another, and nobody issues one outside the thirteen', () => {
    expect([isHealthNumber('ca-bc', '9876543217'), isHealthNumber('ca-on', '9698658215'), isHealthNumber('ca', '123456789')]).toEqual([false, false, false]);
  });
});

describe('postal codes', () => {
  it.each(['K1A 0B1', 'H0H0H0', 'V6Z 1Z9', 'X0A 0H0', 'K1A-0B1', 'k1a0b1'])('%s is accepted', (value) => expect(isPostalCode(value)).toBe(true));
  it.each(['W1A 1A1', 'D1A 1A1', 'K1O 1A1', 'K1A', '90210', 'K1A 0B', 'K1A 0B12', ''])('%s is refused', (value) => expect(isPostalCode(value)).toBe(false));
});

describe('dates', () => {
  it.each(['2026-03-01', '2024-02-29', '2000-02-29', '1850-01-01'])('%s exists', (value) => expect(isRealDate(value)).toBe(true));
  it.each(['2026-02-29', '1900-02-29', '2026-13-01', '2026-00-10', '2026-04-31', '1849-12-31', '2026-3-1', '20260301', '2026-03-01T00:00', '', '0000-01-01'])('%s does not', (value) => expect(isRealDate(value)).toBe(false));
});

describe('names', () => {
  it.each([
    'Olivia', 'Lavoie-Côté', 'O’Connor-Doyle', "D'Arcy", 'Nanuqsie', 'ᓯᑯ', 'Mei Lin', 'Herrera-Ruiz', 'Đặng', 'Ḵʼangu', 'X', 'St. John', 'محمد', 'Þórdís', 'Łucja', 'José María', 'Anne·Marie', 'é'.normalize('NFD'),
  ])('%s is a name', (value) => expect(isPersonName(value)).toBe(true));
  it.each([
    '', ' Olivia', 'Olivia ', 'Olivia\n', 'Olivia\u0000', 'Olivia\u202E', '\u2066Olivia', '\uFEFFOlivia', 'Olivia\uD800', 'Ol1via', '<b>', 'a'.repeat(101), '-Anne', '\u0301a', 'Olivia\u2028', 'Anne🙂', '\uE000',
  ])('%j is not', (value) => expect(isPersonName(value)).toBe(false));
});

describe('lines of text', () => {
  it.each(['12, rue de l’Église', '48 Sumach Street, Unit 12', 'ᐃᖃᓗᐃᑦ', '#3-1200 Main'])('%s is accepted', (value) => expect(isPlainText(value)).toBe(true));
  it.each(['', ' 12 Larch', '12 Larch\r\nStreet', '12\tLarch', 'x'.repeat(201), '12 Larch\u202Eteerts'])('%j is refused', (value) => expect(isPlainText(value)).toBe(false));
});
