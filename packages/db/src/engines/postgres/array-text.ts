/**
 * Reads PostgreSQL's text of an array ("Array Input and Output Syntax"), of any number of dimensions; `read` reads
 * each element that is not null.
 */
export function arrayParser(read: (text: string) => unknown): (text: string) => unknown[] {
  return (text) => {
    // Bounds other than from 1 on stand before: [0:1]={1,2}.
    let index = text.startsWith("[") ? text.indexOf("=") + 1 : 0
    const list = (): unknown[] => {
      const elements: unknown[] = []
      index++
      while (text[index] !== "}") {
        if (text[index] === "{") elements.push(list())
        else if (text[index] === '"') elements.push(read(quoted()))
        else {
          const plain = bare()
          elements.push(plain === "NULL" ? null : read(plain))
        }
        if (text[index] === ",") index++
      }
      index++
      return elements
    }
    const quoted = (): string => {
      let value = ""
      for (index++; text[index] !== '"'; index++) {
        if (text[index] === "\\") index++
        value += text[index]
      }
      index++
      return value
    }
    const bare = (): string => {
      const start = index
      while (text[index] !== "," && text[index] !== "}" && index < text.length) index++
      return text.slice(start, index)
    }
    return list()
  }
}
