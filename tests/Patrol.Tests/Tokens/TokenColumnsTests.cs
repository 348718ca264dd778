using CsCheck;
using Patrol.Core.Scopes;
using Patrol.Core.Tokens;
using Patrol.Server.Tokens;

namespace Patrol.Tests.Tokens;

/// <summary>Lists come from columns in memory; they must say what a plain look through all tokens says, whatever changed before.</summary>
public sealed class TokenColumnsTests
{
    private const long Now = 1_000;
    private static readonly string[] Names = ["deploy", "Deploy Key", "deploy-eu", "backup", "ÄRGER", "ärger 2", "a", "", "release-2026-1", "release-2026-2"];

    private static readonly Gen<IndexedToken> Token =
        from id in Gen.Long[1, 60]
        from user in Gen.Long[1, 4]
        from kind in Gen.Enum<TokenKind>()
        from scopes in Pick("api", "read_api", "api read_user")
        from created in Gen.Long[0, 20]
        from updated in Gen.Long[0, 20]
        from expires in Gen.OneOf(Gen.Const((long?)null), Gen.Long[980, 1020].Select(value => (long?)value))
        from revoked in Gen.Bool
        from used in Gen.OneOf(Gen.Const((long?)null), Gen.Long[0, 20].Select(value => (long?)value))
        from name in Pick(Names)
        from dialect in Gen.Enum<TokenDialect>()
        select new IndexedToken(id, user, kind, scopes, created, updated, expires, revoked, used, name, dialect);

    // A change: these rows are there now, and that one is gone.
    private static readonly Gen<(IndexedToken[] Set, long[] Gone)> Change = Gen.Select(Token.Array[0, 6], Gen.Long[1, 60].Array[0, 2]);

    private static readonly Gen<TokenFilter> Filter =
        from kinds in Maybe(Gen.Enum<TokenKind>().Array[1, 3])
        from owners in Maybe(Gen.Long[1, 4].Array[1, 2])
        from notOwners in Maybe(Gen.Long[1, 4].Array[1, 2])
        from revoked in Gen.OneOf(Gen.Const((bool?)null), Gen.Bool.Select(value => (bool?)value))
        from state in Gen.OneOf(Gen.Const((TokenState?)null), Gen.Enum<TokenState>().Select(value => (TokenState?)value))
        from created in Gen.OneOf(Gen.Const((long?)null), Gen.Long[0, 20].Select(value => (long?)value))
        from usedBefore in Gen.OneOf(Gen.Const((long?)null), Gen.Long[0, 20].Select(value => (long?)value))
        from usedAfter in Gen.OneOf(Gen.Const((long?)null), Gen.Long[0, 20].Select(value => (long?)value))
        from unused in Gen.OneOf(Gen.Const((long?)null), Gen.Long[0, 20].Select(value => (long?)value))
        from endsFrom in Gen.OneOf(Gen.Const((long?)null), Gen.Long[980, 1020].Select(value => (long?)value))
        from endsTo in Gen.OneOf(Gen.Const((long?)null), Gen.Long[980, 1020].Select(value => (long?)value))
        from dialect in Gen.OneOf(Gen.Const((TokenDialect?)null), Gen.Enum<TokenDialect>().Select(value => (TokenDialect?)value))
        from noExpiry in Gen.OneOf(Gen.Const((bool?)null), Gen.Bool.Select(value => (bool?)value))
        from scope in Pick(null, "read_user")
        from search in Pick<string[]>([], ["deploy"], ["ÄRGER"], ["release", "2"], ["nothing"])
        select new TokenFilter
        {
            Kinds = kinds,
            Owners = owners?.ToHashSet(),
            NotOwners = notOwners?.ToHashSet(),
            Revoked = revoked,
            State = state,
            CreatedAfter = Instant(created),
            LastUsedBefore = Instant(usedBefore),
            LastUsedAfter = Instant(usedAfter),
            UnusedSince = Instant(unused),
            EndsFrom = Instant(endsFrom),
            EndsTo = Instant(endsTo),
            Dialect = dialect,
            NoExpiry = noExpiry,
            Scope = scope is null ? null : ScopeCatalog.Find(scope)!.Bit,
            Search = search,
        };

    [Fact]
    public void Every_list_equals_a_plain_look_through_all_tokens() =>
        Gen.Select(Change.Array[1, 8], Filter, Gen.Enum<TokenOrder>(), Gen.Bool, Gen.Int[0, 10], Gen.Int[1, 10]).Sample((changes, filter, order, descending, skip, take) =>
        {
            var columns = new TokenColumns(0, 0);
            var plain = new SortedDictionary<long, IndexedToken>();
            foreach (var (set, gone) in changes)
            {
                var found = set.GroupBy(token => token.Id).ToDictionary(group => group.Key, group => group.First());
                foreach (var id in gone.Except(found.Keys))
                    plain.Remove(id);
                foreach (var (id, token) in found)
                    plain[id] = token;
                columns.Replace(found.Keys.Concat(gone).Distinct(), found);
            }
            var expected = Sorted(plain.Values.Where(token => Matches(filter, token)), order, descending).Select(token => token.Id).ToList();
            var (ids, total) = columns.Page(new TokenMatch(filter, DateTimeOffset.FromUnixTimeMilliseconds(Now)), order, descending, skip, take, long.MaxValue);
            Assert.Equal(expected.Skip(skip).Take(take), ids);
            Assert.Equal(expected.Count, total);
        });

    // So many that a sample is taken, and in which the same comes again and again.
    [Fact]
    public void Lists_of_many_tokens_equal_a_plain_look_through_all() =>
        Gen.Select(Token.Array[1, 300], Gen.OneOf(Gen.Const(new TokenFilter()), Filter), Gen.Enum<TokenOrder>(), Gen.Bool, Gen.Int[0, 21_000], Gen.Int[1, 100]).Sample((pattern, filter, order, descending, skip, take) =>
        {
            var columns = new TokenColumns(0, 0);
            var tokens = Enumerable.Range(0, 20_000).Select(i => pattern[i % pattern.Length] with { Id = i + 1, Name = $"{pattern[i % pattern.Length].Name}{i % 7}" }).ToList();
            foreach (var token in tokens)
                columns.Append(token);
            var expected = Sorted(tokens.Where(token => Matches(filter, token)), order, descending).Select(token => token.Id).ToList();
            var (ids, total) = columns.Page(new TokenMatch(filter, DateTimeOffset.FromUnixTimeMilliseconds(Now)), order, descending, skip, take, long.MaxValue);
            Assert.Equal(expected.Skip(skip).Take(take), ids);
            Assert.Equal(expected.Count, total);
        }, iter: 150);

    [Fact]
    public void Counting_stops_where_it_may()
    {
        var columns = new TokenColumns(0, 0);
        for (var id = 1; id <= 5_000; id++)
            columns.Append(new IndexedToken(id, 1, TokenKind.Personal, "api", id, id, null, false, null, "x", TokenDialect.GitLab));
        var (ids, total) = columns.Page(new TokenMatch(new TokenFilter(), DateTimeOffset.UnixEpoch), TokenOrder.Id, descending: false, 100, 20, 1_000);
        Assert.Equal(Enumerable.Range(101, 20).Select(id => (long)id), ids);
        Assert.InRange(total, 1_000, 5_000);
    }

    private static bool Matches(TokenFilter filter, IndexedToken token)
    {
        var expired = token.ExpiresAt <= Now;
        return filter.Kinds?.Contains(token.Kind) != false
            && filter.Owners?.Contains(token.UserId) != false
            && filter.NotOwners?.Contains(token.UserId) != true
            && (filter.Revoked is null || filter.Revoked == token.Revoked)
            && filter.State switch
            {
                null => true,
                TokenState.Active => !expired && !token.Revoked,
                TokenState.Inactive => expired || token.Revoked,
                TokenState.Expired => expired && !token.Revoked,
                _ => token.Revoked,
            }
            && (filter.CreatedAfter is not { } created || token.CreatedAt >= created.ToUnixTimeMilliseconds())
            && (filter.LastUsedBefore is not { } before || token.LastUsedAt <= before.ToUnixTimeMilliseconds())
            && (filter.LastUsedAfter is not { } after || token.LastUsedAt >= after.ToUnixTimeMilliseconds())
            && (filter.UnusedSince is not { } since || (token.LastUsedAt ?? token.CreatedAt) <= since.ToUnixTimeMilliseconds())
            && (filter.EndsFrom is not { } endsFrom || (token.ExpiresAt ?? long.MaxValue) >= endsFrom.ToUnixTimeMilliseconds())
            && (filter.EndsTo is not { } endsTo || token.ExpiresAt <= endsTo.ToUnixTimeMilliseconds())
            && (filter.Dialect is not { } dialect || token.Dialect == dialect)
            && (filter.NoExpiry is not { } none || token.ExpiresAt is null == none)
            && (filter.Scope is not { } scope || ((token.Dialect == TokenDialect.Atlassian ? ScopeSet.Unlimited(false) : ScopeSet.FromStored(token.Scopes)).Mask & scope) != 0)
            && filter.Search.All(word => token.Name.ToLowerInvariant().Contains(word.ToLowerInvariant(), StringComparison.Ordinal));
    }

    private static IEnumerable<IndexedToken> Sorted(IEnumerable<IndexedToken> tokens, TokenOrder order, bool descending)
    {
        var list = tokens.ToList();
        list.Sort((left, right) =>
        {
            var difference = order switch
            {
                TokenOrder.Created => left.CreatedAt.CompareTo(right.CreatedAt),
                TokenOrder.Updated => left.UpdatedAt.CompareTo(right.UpdatedAt),
                TokenOrder.Name => IndexedToken.Fold(left.Name).AsSpan().SequenceCompareTo(IndexedToken.Fold(right.Name)),
                TokenOrder.Expires => Dates(left.ExpiresAt, right.ExpiresAt, descending),
                TokenOrder.LastUsed => Dates(left.LastUsedAt, right.LastUsedAt, descending),
                _ => 0,
            };
            difference = difference != 0 ? difference : left.Id.CompareTo(right.Id);
            return descending ? -difference : difference;
        });
        return list;
    }

    // What has no date stays last in both directions.
    private static int Dates(long? left, long? right, bool descending) => (left, right) switch
    {
        (null, null) => 0,
        (null, _) => descending ? -1 : 1,
        (_, null) => descending ? 1 : -1,
        _ => left.Value.CompareTo(right.Value),
    };

    private static Gen<T> Pick<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static Gen<T[]?> Maybe<T>(Gen<T[]> gen) => Gen.OneOf(Gen.Const((T[]?)null), gen.Select(value => (T[]?)value));

    private static DateTimeOffset? Instant(long? milliseconds) => milliseconds is { } value ? DateTimeOffset.FromUnixTimeMilliseconds(value) : null;
}
