/** A port with some of its members replaced; the others are called on the port itself, be it an object or a class. */
export function overridePort<Port extends object>(port: Port, members: Partial<Port>): Port {
  return new Proxy(port, {
    get: (target, property) => {
      if (property in members) return Reflect.get(members, property)
      const member: unknown = Reflect.get(target, property)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}
