/** Whether what is configured as somebody's authorities can vouch for anybody: TLS takes anything, and then trusts nobody. */
import { X509Certificate } from 'node:crypto';

const BLOCK = /-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs;

/** One certificate in PEM at least, and none that is broken; what stands between them is a comment. */
export function isCertificates(pem: string): boolean {
  const begun = pem.split('-----BEGIN CERTIFICATE-----').length - 1;
  const blocks = pem.match(BLOCK) ?? [];
  return begun > 0 && begun === blocks.length && blocks.every(isCertificate);
}

function isCertificate(block: string): boolean {
  try {
    return new X509Certificate(block).raw.length > 0;
  } catch {
    return false;
  }
}
