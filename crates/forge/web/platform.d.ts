// What browsers have and TypeScript's library does not know yet.

interface NavigateEvent extends Event {
  readonly canIntercept: boolean;
  readonly hashChange: boolean;
  readonly downloadRequest: string | null;
  readonly formData: FormData | null;
  readonly navigationType: "push" | "replace" | "reload" | "traverse";
  readonly destination: { readonly url: string };
  readonly signal: AbortSignal;
  intercept(options: {
    handler: () => Promise<void>;
    focusReset?: "manual";
    scroll?: "manual";
  }): void;
  scroll(): void;
}

interface Navigation extends EventTarget {
  addEventListener(type: "navigate", listener: (event: NavigateEvent) => void): void;
}

interface Window {
  readonly navigation?: Navigation;
  readonly trustedTypes?: {
    createPolicy(name: string, rules: { createHTML(text: string): string }): { createHTML(text: string): string };
  };
}

interface Navigator {
  readonly connection?: { readonly saveData?: boolean };
}
