/** http-proxy-3 as its README shows it: kept connections to one target, WebSockets on. Arguments: its folder, port, target. */
import { Agent, createServer } from 'node:http';
import { createRequire } from 'node:module';

const [folder, port, target] = process.argv.slice(2);
const { createProxyServer } = createRequire(`${folder}/`)('http-proxy-3');
const proxy = createProxyServer({ target, ws: true, agent: new Agent({ keepAlive: true, maxSockets: 64 }) });
proxy.on('error', (_error, _request, response) => response?.destroy?.());
const server = createServer((request, response) => proxy.web(request, response));
server.on('upgrade', (request, socket, head) => proxy.ws(request, socket, head));
server.listen({ port: Number(port), host: '127.0.0.1', backlog: 4096 });
