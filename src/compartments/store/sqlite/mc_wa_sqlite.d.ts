/** The little that ward uses of the emscripten module of `@journeyapps/wa-sqlite` (C API, 32 bit). */
export interface SqliteModule {
  /** Replaced when the memory grows: never kept in a variable across a call. */
  readonly HEAPU8: Uint8Array;
  readonly HEAP32: Int32Array;
  vfs_register(vfs: object, makeDefault: boolean): number;
  getTempRet0(): number;
  UTF8ToString(pointer: number): string;
  _sqlite3_malloc(bytes: number): number;
  _sqlite3_free(pointer: number): void;
  _getSqliteFree(): number;
  _sqlite3_open_v2(name: number, outDb: number, flags: number, vfs: number): number;
  _sqlite3_close_v2(db: number): number;
  _sqlite3_extended_result_codes(db: number, on: number): number;
  _sqlite3_extended_errcode(db: number): number;
  _sqlite3_get_autocommit(db: number): number;
  _sqlite3_changes(db: number): number;
  _sqlite3_prepare_v2(
    db: number,
    sql: number,
    bytes: number,
    outStmt: number,
    outTail: number,
  ): number;
  _sqlite3_step(statement: number): number;
  _sqlite3_reset(statement: number): number;
  _sqlite3_finalize(statement: number): number;
  _sqlite3_bind_null(statement: number, index: number): number;
  _sqlite3_bind_double(statement: number, index: number, value: number): number;
  /** The 64 bit value in two halves, low first. */
  _sqlite3_bind_int64(statement: number, index: number, low: number, high: number): number;
  _sqlite3_bind_text(
    statement: number,
    index: number,
    pointer: number,
    bytes: number,
    free: number,
  ): number;
  _sqlite3_column_count(statement: number): number;
  _sqlite3_column_name(statement: number, column: number): number;
  _sqlite3_column_type(statement: number, column: number): number;
  _sqlite3_column_double(statement: number, column: number): number;
  _sqlite3_column_text(statement: number, column: number): number;
  _sqlite3_column_bytes(statement: number, column: number): number;
}

/** Options of the emscripten factory. */
export interface SqliteModuleOptions {
  instantiateWasm(
    imports: WebAssembly.Imports,
    done: (instance: WebAssembly.Instance) => void,
  ): object;
  print(text: string): void;
  printErr(text: string): void;
}

/** Starts the module. */
declare const factory: (options: SqliteModuleOptions) => Promise<SqliteModule>;
export default factory;
