import { YamlSerializer } from "@persist/serializers"

const yaml = new YamlSerializer()
const bytes: Uint8Array = yaml.encode({ name: "Ada", levels: [1, 2] })
if (JSON.stringify(yaml.decode(bytes)) !== '{"name":"Ada","levels":[1,2]}') {
  throw new Error("YAML does not come back.")
}

// @ts-expect-error An extension is a string.
export const extension: number = yaml.fileExtension
