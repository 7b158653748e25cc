import { customerAddress } from './customer-address.js';

describe('customerAddress', () => {
  it.each([
    ['2001:db8::1', '2001:DB8::1'],
    ['2001:db8::1', '2001:0db8:0000:0000:0000:0000:0000:0001'],
    ['2001:db8::1', '2001:db8:0:0::0:1'],
    ['2001:db8:0:0:1::', '2001:db8:0:0:1:0:0:0'],
    ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
    ['203.0.113.9', '::ffff:203.0.113.9'],
    ['203.0.113.9', '::FFFF:CB00:7109'],
    ['203.0.113.9', '0:0:0:0:0:ffff:203.0.113.9'],
  ])('%s is the same as %s', (one, other) => {
    expect(customerAddress(one)).toBe(customerAddress(other));
  });

  it.each([
    ['2001:db8::1', '2001:db8::2'],
    ['::ffff:203.0.113.9', '::203.0.113.9'],
    ['::ffff:0:1', '::ffff:1:0'],
    ['203.0.113.9', '203.0.113.90'],
  ])('%s is another than %s', (one, other) => {
    expect(customerAddress(one)).not.toBe(customerAddress(other));
  });

  it('leaves the texts that most clients send as they are', () => {
    expect(customerAddress('203.0.113.9')).toBe('203.0.113.9');
    expect(customerAddress('2001:db8::1')).toBe('2001:db8::1');
  });
});
