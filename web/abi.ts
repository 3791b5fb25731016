/** What a module exports: cpp/ops.def as Embind declares it when the module is linked. */
export type { MainModule as Abi } from "./glue.js";

/** Modules and this layer are made for each other: a module with another number is refused. */
export const abiVersion = 1;
