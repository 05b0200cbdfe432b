import { Product } from './product';

let starting: Promise<Product> | undefined;

/** The product that the scenes of a suite share: one after the other, each with a team of its own. */
export const sharedProduct = (): Promise<Product> => (starting ??= Product.start());

export const stopSharedProduct = async (): Promise<void> => (await starting)?.stop();
