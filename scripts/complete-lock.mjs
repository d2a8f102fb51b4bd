/**
 * Adds to package-lock.json the optional packages of other platforms that npm left out, because the registry it was
 * written with did not offer them. Without them `npm ci` refuses the lock on every machine. Run it after
 * `npm install` has changed the lock. `node scripts/complete-lock.mjs`
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, say } from './steps.mjs';

const file = join(root, 'package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8'));
const added = [];

for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const isExact = /^\d+\.\d+\.\d+(-[\w.-]+)?$/.test(version);
    if (path === '' || !isExact || isLocked(path, name)) continue;
    lock.packages[`node_modules/${name}`] = {
      version,
      optional: true,
      ...platformOf(name),
      ...(entry.dev ? { dev: true } : {}),
    };
    added.push(`${name}@${version}`);
  }
}

if (added.length > 0) {
  const sorted = Object.entries(lock.packages).sort(([one], [other]) => one.localeCompare(other, 'en'));
  lock.packages = Object.fromEntries(sorted);
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
}
say(`${added.length} optional packages added to package-lock.json${added.map((name) => `\n  ${name}`).join('')}`);

/** Whether some folder that Node would look in from `path` holds the package. */
function isLocked(path, name) {
  const folders = path.split('/node_modules/');
  return folders.some((_, depth) => {
    const above = folders.slice(0, folders.length - depth).join('/node_modules/');
    return `${above}/node_modules/${name}` in lock.packages || `node_modules/${name}` in lock.packages;
  });
}

/** What the name of a prebuilt package says of its platform. */
function platformOf(name) {
  const pick = (pattern) => pattern.exec(name)?.[1];
  const os = pick(/\b(darwin|linux|win32|android|freebsd|openbsd|netbsd|sunos|aix|openharmony)\b/);
  const cpu = pick(/\b(x64|arm64|arm|ia32|ppc64|riscv64|s390x|loong64|mips64el)\b/);
  const libc = pick(/\b(musl)\b/) ?? (os === 'linux' && /\bgnu/.test(name) ? 'glibc' : undefined);
  return {
    ...(os === undefined ? {} : { os: [os] }),
    ...(cpu === undefined ? {} : { cpu: [cpu] }),
    ...(libc === undefined ? {} : { libc: [libc] }),
  };
}
