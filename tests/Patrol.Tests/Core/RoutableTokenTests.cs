using CsCheck;
using Patrol.Core.Tokens;

namespace Patrol.Tests.Core;

public sealed class RoutableTokenTests
{
    // GitLab's form with random bytes 00..0f, organization 1, user 42.
    private const string Version1 = "glpat-AAECAwQFBgcICQoLDA0OD286MQp1OjE2CA.01.0y1qf01dl";
    private const string Version0 = "glpat-bzoxCnU6MTYAAQIDBAUGBwgJCgsMDQ4PEA.0y1y1m99i";

    private static readonly Gen<byte[]> Random = Gen.Byte.Array[RoutableToken.RandomBytes];
    private static readonly Gen<string> Prefix = Gen.String[Gen.Char.AlphaNumeric, 0, 12].Select(text => text.Length == 0 ? "" : $"{text}-");
    private static readonly Gen<string> Text = Gen.Select(Prefix, Gen.Long[1, 1000], Gen.Long[1, long.MaxValue], Random)
        .Select((prefix, organization, user, random) => RoutableToken.Create(prefix, organization, user, random).Reveal());

    [Fact]
    public void A_text_is_made_as_GitLab_makes_it() =>
        Assert.Equal(Version1, RoutableToken.Create("glpat-", 1, 42, [.. Enumerable.Range(0, 16).Select(number => (byte)number)]).Reveal());

    [Theory]
    [InlineData(Version1)]
    [InlineData(Version0)]
    public void Both_of_GitLabs_versions_are_recognised(string text) => Assert.True(RoutableToken.HasValidChecksum(text));

    [Fact]
    public void Every_text_made_is_recognised_whatever_its_prefix_and_owner() => Text.Sample(text => RoutableToken.HasValidChecksum(text));

    [Fact]
    public void Every_text_made_has_the_form_that_secret_scanners_look_for() =>
        Gen.Select(Gen.Long[1, long.MaxValue], Random).Sample((user, random) =>
            System.Text.RegularExpressions.Regex.IsMatch(
                RoutableToken.Create("glpat-", 1, user, random).Reveal(), @"^glpat-[0-9A-Za-z_-]{27,300}\.(01\.)?[0-9a-z]{9}\z"));

    [Fact]
    public void One_changed_character_anywhere_is_noticed() =>
        Gen.Select(Text, Gen.Int[0, int.MaxValue], Gen.Char.AlphaNumeric).Sample((text, place, character) =>
        {
            place %= text.Length;
            return text[place] == character || !RoutableToken.HasValidChecksum(text[..place] + character + text[(place + 1)..]);
        });

    [Fact]
    public void A_cut_text_is_noticed() =>
        Gen.Select(Text, Gen.Int[0, int.MaxValue]).Sample((text, length) => !RoutableToken.HasValidChecksum(text.AsSpan(0, length % text.Length)));

    [Fact]
    public void No_text_whatever_makes_the_check_fail_otherwise_than_by_false() =>
        Gen.String.Sample(text => { RoutableToken.HasValidChecksum(text); });

    [Theory]
    [InlineData("")]
    [InlineData("glpat-AAAAAAAAAAAAAAAAAAAA")]
    [InlineData(".0000000000")]
    [InlineData("glpat-AAECAwQFBgcICQoLDA0OD286MQp1OjE2CA.01.0y1qf01dm")]
    public void What_is_not_routable_is_not_taken_for_it(string text) => Assert.False(RoutableToken.HasValidChecksum(text));

    [Fact]
    public void Fewer_random_bytes_than_sixteen_make_no_token() =>
        Assert.Throws<ArgumentException>(() => RoutableToken.Create("glpat-", 1, 42, new byte[15]));

    [Fact]
    public void A_secret_has_no_text_form_but_the_one_that_is_asked_for()
    {
        var secret = RoutableToken.Create("glpat-", 1, 42, new byte[16]);
        Assert.DoesNotContain("glpat", ((object)secret).ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("glpat", System.Text.Json.JsonSerializer.Serialize(secret), StringComparison.Ordinal);
    }
}
