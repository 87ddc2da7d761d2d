/** An authority of a test's own and a certificate that it signed, by the openssl program. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Certificates {
  /** PEM files. */
  readonly ca: string;
  readonly key: string;
  readonly certificate: string;
}

/** @param names such as `DNS:localhost` and `IP:127.0.0.1` */
export function makeAuthority(folder: string, commonName: string, names: readonly string[]): Certificates {
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=test authority', '-keyout', file('ca.key'), '-out', file('ca.pem'));
  openssl('req', ...newKey, '-subj', `/CN=${commonName}`, '-keyout', file('key.pem'), '-out', file('request.pem'));
  writeFileSync(file('names'), `subjectAltName=${names.join(',')}`);
  const signing = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial', '-days', '2', '-extfile', file('names')];
  openssl('x509', '-req', '-in', file('request.pem'), ...signing, '-out', file('certificate.pem'));
  return { ca: file('ca.pem'), key: file('key.pem'), certificate: file('certificate.pem') };
}
