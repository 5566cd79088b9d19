// Everything of @persist/serializers, also what another package's name hides in the whole.
export * from "@persist/serializers"
