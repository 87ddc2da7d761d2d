/** Where everybody in the world has, or can make, an account: to let in all of these is to let in everybody. Pure. */
import { domainToASCII } from 'node:url';

/** Hosts of providers, each with what is below it. */
const PROVIDERS = `accounts.google.com facebook.com orange.fr orange.com appleid.apple.com login.yahoo.com linkedin.com login.live.com
  github.com gitlab.com bitbucket.org id.atlassian.com auth.atlassian.com codeberg.org huggingface.co orcid.org
  amazon.com api.amazon.com discord.com discordapp.com slack.com twitch.tv twitter.com x.com reddit.com accounts.spotify.com dropbox.com zoom.us paypal.com
  login.salesforce.com public-api.wordpress.com steamcommunity.com
  kauth.kakao.com nid.naver.com access.line.me open.weixin.qq.com oauth.yandex.ru oauth.yandex.com oauth.vk.com id.vk.com connect.mail.ru
  franceconnect.gouv.fr`.split(/\s+/);

/** Microsoft's endpoints for everybody; that of one tenant has its id here instead. */
const PUBLIC_TENANT = /^\/(?:common|organizations|consumers|9188040d-6c67-4c5b-b112-36a304b66dad)(?:\/|$)/i;

/** Domains whose addresses are given to whoever asks. */
const MAIL = new Set(
  `gmail.com googlemail.com icloud.com me.com mac.com aol.com rocketmail.com
  orange.fr wanadoo.fr free.fr sfr.fr neuf.fr laposte.net bbox.fr numericable.fr
  proton.me protonmail.com protonmail.ch pm.me tutanota.com tuta.com fastmail.com hey.com zoho.com zohomail.com mail.com mail.ru inbox.ru bk.ru list.ru
  web.de t-online.de freenet.de libero.it virgilio.it comcast.net verizon.net att.net btinternet.com
  qq.com 163.com 126.com sina.com naver.com hanmail.net daum.net`.split(/\s+/),
);
/** Those that have a domain in every country. */
const MAIL_EVERYWHERE = /^(?:yahoo|ymail|outlook|hotmail|live|msn|gmx|yandex)\.(?:[a-z]{2,3}|com?\.[a-z]{2})$/;

/** @param address of its issuer, or of where it sends browsers */
export function isPublicProvider(address: string): boolean {
  const url = URL.parse(address);
  const host = url?.hostname.replace(/\.$/, '') ?? '';
  if (host === 'login.microsoftonline.com') return PUBLIC_TENANT.test(url?.pathname ?? '');
  return PROVIDERS.some((one) => host === one || host.endsWith(`.${one}`));
}

export function isPublicMailDomain(domain: string): boolean {
  const name = domainToASCII(domain);
  return MAIL.has(name) || MAIL_EVERYWHERE.test(name);
}
