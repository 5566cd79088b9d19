import { expect, test } from "vitest"
import { describeEngines, withDatabase } from "./support/engines.ts"

describeEngines("a trigger or routine among other statements", ({ fresh, name }) => {
  if (name === "sqlite")
    test("knows where a trigger ends", () =>
      withDatabase(fresh, async (database) => {
        await database.executeSql(`
        create table a (n int); create table b (n int);
        -- it ends at "end", not at the end of a case;
        create trigger t after insert on a begin
          update b set n = case when new.n > 1 then 'end' else 2 end;
          insert into b values (new.n);
        end;
        insert into a values (1)`)
        expect((await database.executeSql("select n from b")).rows).toEqual([{ n: 1 }])
      }))

  if (name === "mariadb")
    test("a procedure returns the rows of its last select", () =>
      withDatabase(fresh, async (database) => {
        await database.executeSql(`
        create procedure two(in n int) begin
          select 'first' as a;
          if n > 1 then select n as big, cast(5 as signed) as small; end if;
        end;
        create table after_it (n int)`)
        const { rows } = await database.executeSql("call two(:n)", { n: 3 })
        expect(rows).toEqual([{ big: 3, small: 5 }])
        expect((await database.executeSql("call two(1)")).rows).toEqual([{ a: "first" }])
        expect((await database.executeSql("select * from after_it")).rows).toEqual([])
      }))

  if (name === "postgres" || name === "pglite")
    test("ends with its last block", () =>
      withDatabase(fresh, async (database) => {
        await database.executeSql(`
          create function quoted() returns int language plpgsql as $$ begin return 1; end; $$;
          create function plain() returns int begin atomic select case when true then 2 end; end;
          create table after_it (n int)`)
        const { rows } = await database.executeSql(
          "select quoted() as q, plain() as p from after_it",
        )
        expect(rows).toEqual([])
      }))

  test("is none of its business elsewhere", () =>
    withDatabase(fresh, async (database) => {
      await database.executeSql("create table event (n int); insert into event values (1)")
      expect((await database.executeSql("select n from event")).rows).toEqual([{ n: 1 }])
    }))
})
