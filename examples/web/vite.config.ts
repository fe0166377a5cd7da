import { resolve } from "node:path";
import { defineConfig, type Plugin } from "vite";
import { precache } from "./precache.js";

const root = import.meta.dirname;

/** The page's policy would keep the development server's own scripts and styles out; what is built has it. */
const policyOnlyWhenBuilt: Plugin = {
  name: "policy-only-when-built",
  apply: "serve",
  transformIndexHtml: (html) => html.replace(/<meta\s+http-equiv="Content-Security-Policy"[^>]*>/, ""),
};

export default defineConfig({
  root,
  base: "./",
  resolve: {
    alias: [
      { find: /^ndarray$/, replacement: resolve(root, "ndarray.ts") },
      { find: /^radiolucent$/, replacement: resolve(root, "../../dist/index.js") },
      { find: /^radiolucent\/dicom$/, replacement: resolve(root, "../../dist/dicom/index.js") },
      {
        find: /^radiolucent\/backends\/(cpu|wasm)$/,
        replacement: resolve(root, "../../dist/backends/$1-entry.js"),
      },
    ],
  },
  build: {
    target: "es2022",
    outDir: "dist",
    emptyOutDir: true,
    rolldownOptions: {
      input: { index: resolve(root, "index.html"), "service-worker": resolve(root, "src/serviceWorker.ts") },
      output: {
        entryFileNames: ({ name }) => (name === "service-worker" ? "[name].js" : "assets/[name]-[hash].js"),
      },
    },
  },
  plugins: [policyOnlyWhenBuilt, precache({ worker: "service-worker.js", later: /codecs/ })],
});
