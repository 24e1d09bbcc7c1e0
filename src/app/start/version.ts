/** Version of this build (semver). */
export const VERSION = "0.1.0";

/** The database engine in a bundle; not named `.wasm`, which a worker would try to load. */
export const ENGINE_ASSET = "assets/sqlite.bin";
