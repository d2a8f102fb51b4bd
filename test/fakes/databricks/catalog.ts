/**
 * Unity Catalog of the fake workspace: catalogs, schemas, tables, volumes with ids, and SQL warehouses with a state.
 * Behaviour after databricks/cli libs/testserver (schemas.go, volumes.go, sql_warehouses.go).
 */
import { randomUUID } from 'node:crypto';
import { apiError, type FakeAnswer, type Route } from './http.js';

/** https://docs.databricks.com/api/workspace/warehouses/get */
export type WarehouseState = 'STARTING' | 'RUNNING' | 'STOPPING' | 'STOPPED' | 'DELETED' | 'DELETING';

export class FakeCatalog {
  readonly catalogs = new Set(['main']);
  /** Ids by full name, lower case. */
  readonly schemas = new Map<string, string>();
  readonly tables = new Map<string, string>();
  readonly volumes = new Map<string, string>();
  readonly warehouseId = 'abcdef0123456789';
  warehouseState: WarehouseState = 'RUNNING';
  /** Questions for its state that a starting warehouse answers with STARTING. */
  pollsUntilRunning = 0;

  addSchema(fullName: string): string {
    return remember(this.schemas, fullName);
  }

  addTable(fullName: string): string {
    return remember(this.tables, fullName);
  }

  addVolume(fullName: string): string {
    return remember(this.volumes, fullName);
  }

  readonly routes: readonly Route[] = [
    {
      // https://docs.databricks.com/api/workspace/currentuser/me
      method: 'GET',
      pattern: /^\/api\/2\.0\/preview\/scim\/v2\/Me$/,
      handle: () => ({ status: 200, json: { userName: 'worker@example.com', active: true } }),
    },
    {
      method: 'GET',
      pattern: /^\/api\/2\.1\/unity-catalog\/catalogs\/([^/]+)$/,
      handle: (_, [, name = '']) =>
        this.catalogs.has(name.toLowerCase())
          ? { status: 200, json: { name, full_name: name } }
          : apiError(404, 'CATALOG_DOES_NOT_EXIST', `Catalog '${name}' does not exist.`),
    },
    {
      method: 'GET',
      pattern: /^\/api\/2\.1\/unity-catalog\/schemas\/([^/]+)$/,
      handle: (_, [, name = '']) => found(this.schemas, name, 'Schema', 'schema_id'),
    },
    {
      method: 'GET',
      pattern: /^\/api\/2\.1\/unity-catalog\/tables\/([^/]+)$/,
      handle: (_, [, name = '']) => found(this.tables, name, 'Table', 'table_id'),
    },
    {
      method: 'GET',
      pattern: /^\/api\/2\.1\/unity-catalog\/volumes\/([^/]+)$/,
      handle: (_, [, name = '']) => found(this.volumes, name, 'Volume', 'volume_id'),
    },
    {
      method: 'POST',
      pattern: /^\/api\/2\.1\/unity-catalog\/volumes$/,
      handle: (request) => {
        const { catalog_name, schema_name, name, volume_type } = request.json();
        const fullName = [catalog_name, schema_name, name].map(String).join('.').toLowerCase();
        if (volume_type !== 'MANAGED') return apiError(400, 'INVALID_PARAMETER_VALUE', 'storage_location is missing.');
        // Unity Catalog: {Securable}AlreadyExists -> 409, error code of the securable.
        if (this.volumes.has(fullName)) {
          return apiError(409, 'VOLUME_ALREADY_EXISTS', `Volume '${fullName}' already exists`);
        }
        return { status: 200, json: { full_name: fullName, volume_id: this.addVolume(fullName) } };
      },
    },
    {
      method: 'GET',
      pattern: /^\/api\/2\.0\/sql\/warehouses\/([^/]+)$/,
      handle: (_, [, id = '']) => this.#warehouse(id),
    },
    {
      method: 'POST',
      pattern: /^\/api\/2\.0\/sql\/warehouses\/([^/]+)\/start$/,
      handle: (_, [, id = '']) => {
        if (id === this.warehouseId && this.warehouseState !== 'RUNNING') this.warehouseState = 'STARTING';
        return id === this.warehouseId ? { status: 200, json: {} } : noWarehouse(id);
      },
    },
  ];

  #warehouse(id: string): FakeAnswer {
    if (id !== this.warehouseId) return noWarehouse(id);
    if (this.warehouseState === 'STARTING') {
      if (this.pollsUntilRunning <= 0) this.warehouseState = 'RUNNING';
      this.pollsUntilRunning -= 1;
    }
    return { status: 200, json: { id, name: 'tracelift', state: this.warehouseState, warehouse_type: 'PRO' } };
  }
}

/** Text of the SQL warehouses API for an unknown id, as users quote it. */
function noWarehouse(id: string): FakeAnswer {
  return apiError(404, 'RESOURCE_DOES_NOT_EXIST', `SQL warehouse ${id} does not exist.`);
}

function remember(ids: Map<string, string>, fullName: string): string {
  const id = ids.get(fullName.toLowerCase()) ?? randomUUID();
  ids.set(fullName.toLowerCase(), id);
  return id;
}

/** Text after databricks/cli libs/testserver fake_workspace.go `MapGetUC`. */
function found(ids: Map<string, string>, fullName: string, securable: string, idField: string): FakeAnswer {
  const id = ids.get(fullName.toLowerCase());
  if (id === undefined) {
    return apiError(404, `${securable.toUpperCase()}_DOES_NOT_EXIST`, `${securable} '${fullName}' does not exist.`);
  }
  return { status: 200, json: { full_name: fullName, [idField]: id } };
}
