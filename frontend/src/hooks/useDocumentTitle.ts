import { useEffect } from "react";

/** Names the browser tab "SmartMarket: `page`". */
export function useDocumentTitle(page: string): void {
  useEffect(() => {
    document.title = `SmartMarket: ${page}`;
  }, [page]);
}
