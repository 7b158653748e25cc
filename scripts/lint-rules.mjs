// Rules of this house that no linter has. Loaded by oxlint (.oxlintrc.json, jsPlugins).

/** An async listener returns at its first await, and the emitter goes on: events overlap and lose their order. */
const noAsyncDataListener = {
  create(context) {
    return {
      CallExpression(node) {
        const method = node.callee.type === 'MemberExpression' && node.callee.property.name;
        const [event, listener] = node.arguments;
        if (!['on', 'once', 'addListener'].includes(method)) return;
        if (event?.type === 'Literal' && event.value === 'data' && listener?.async === true) {
          context.report({
            node,
            message: 'Read streams with `for await`: an async data listener breaks the order.',
          });
        }
      },
    };
  },
};

export default {
  meta: { name: 'tillstream' },
  rules: { 'no-async-data-listener': noAsyncDataListener },
};
