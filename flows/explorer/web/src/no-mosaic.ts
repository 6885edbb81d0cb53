// Stands for Mosaic, which the map's component for tables in a browser's database needs and ours does not.
const absent = (): never => {
  throw new Error("The explorer has no database in the browser.");
};
export const coordinator = absent;
export const isSelection = absent;
export const makeClient = absent;
export const Query = absent;
