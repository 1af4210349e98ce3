"use strict";

const tabs = JSON.parse(document.getElementById("tabs").textContent);
const linked = new URLSearchParams(window.location.hash.slice(1));
const given = {};

if (linked.get("query")) {
  const indent = (text) => {
    try {
      return JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      return "";
    }
  };
  const tab = { query: linked.get("query"), variables: indent(linked.get("variables") || "") };
  tabs.unshift(tab);
  Object.assign(given, tab);
}

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher: GraphiQL.createFetcher({ url: window.location.pathname }),
    defaultTabs: tabs,
    defaultEditorToolsVisibility: "variables",
    shouldPersistHeaders: false,
    ...given,
  }),
);
