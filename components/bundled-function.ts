/** The code of a function of this project, as Lambda takes it. */
import path from "node:path";
import { asset } from "@pulumi/pulumi";
import { buildSync } from "esbuild";

const FOLDER = path.resolve(__dirname, "../functions");

/** Lambda's line of Node.js. */
export const NODE_RUNTIME = "nodejs22.x";
/** What Lambda calls in the bundle. */
export const BUNDLE_HANDLER = "index.handler";

/**
 * A function of functions/ with all it imports, in one file. The same sources give the same bytes, wherever they lie, so
 * that a deployment changes the function only when its code has changed.
 *
 * @param name the file in functions/, without its ending.
 */
export function bundledFunction(name: string): asset.Archive {
  const { outputFiles } = buildSync({
    absWorkingDir: FOLDER,
    entryPoints: [`${name}.ts`],
    bundle: true,
    write: false,
    platform: "node",
    target: "node22",
    format: "cjs",
    // The SDK's modules can be left out one by one, its CommonJS only as a whole.
    mainFields: ["module", "main"],
    // With the white space go the comments that name the folders of this machine.
    minify: true,
    legalComments: "none",
  });
  const [bundle] = outputFiles;
  if (bundle === undefined) throw new Error(`functions/${name}.ts gave no bundle`);
  return new asset.AssetArchive({ "index.js": new asset.StringAsset(bundle.text) });
}
