using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using Patrol.Core.Tokens;

namespace Patrol.Tests.Core;

public sealed partial class NumberedTokenTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(number => (byte)number)];
    private static readonly Gen<string> Ours = Gen.Byte.Array[8 + NumberedToken.RandomBytes].Select(random => NumberedToken.Create(random, Digest).Reveal());

    [Fact]
    public void A_text_is_what_secret_scanners_look_for() => Ours.Sample(text =>
    {
        Assert.Matches(Scanned(), $" {text} ");
        var bytes = Convert.FromBase64String(text);
        var colon = Array.IndexOf(bytes, (byte)':');
        Assert.Equal((33, 12), (bytes.Length, colon));
        Assert.Matches("^[1-9][0-9]{11}$", Encoding.ASCII.GetString(bytes, 0, colon));
    });

    [Fact]
    public void A_text_of_ours_is_known_by_its_end_and_by_nothing_else() => Gen.Select(Ours, Gen.Int[0, 43], Gen.Char["ABCxyz019+/"]).Sample((text, at, letter) =>
    {
        Assert.True(NumberedToken.IsOurs(text, Digest));
        Assert.False(NumberedToken.IsOurs(text, other => TokenDigest.Of(new byte[32], other)));
        var changed = $"{text[..at]}{letter}{text[(at + 1)..]}";
        Assert.Equal(changed == text, NumberedToken.IsOurs(changed, Digest));
    });

    [Fact]
    public void A_text_is_read_into_its_number_and_its_secret() => Gen.Select(Gen.Long[1, 999_999_999_999], Gen.Byte.Array[20]).Sample((number, secret) =>
    {
        var text = Convert.ToBase64String([.. Encoding.ASCII.GetBytes(number.ToString()), (byte)':', .. secret]);
        Assert.Equal((true, number, Convert.ToBase64String(secret)), (NumberedToken.TryRead(text, out var read, out var rest), read, rest));
        Assert.True(NumberedToken.HasForm(text));
    });

    [Theory]
    [InlineData("")]
    [InlineData("glpat-AAECAwQFBgcICQoLDA0OD286MQp1OjE2CA.01.0y1qf01dm")]
    [InlineData("MTIzNDU2Nzg5MDEyOgAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("MTIzNDU2Nzg5MDEyOwAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("MTIzNDU2Nzg5MDEy OgAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("MTIzNDU2Nzg5MDEyOgAAAAAAAAAAAAAAAAAAAAAAAAAA\n")]
    [InlineData("MTIzNDU2Nzg5MDE6AAAAAAAAAAAAAAAAAAAAAAAAAAB=")]
    [InlineData("NjAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void Other_texts_have_not_the_form(string text) => Assert.False(NumberedToken.HasForm(text));

    [Fact]
    public void No_text_makes_reading_fail() =>
        Gen.OneOf(Gen.String, Gen.String[Gen.Char["MNOabc+/= 0"], 28, 60], Ours.Select(text => text[1..] + text[0])).Sample(text =>
            NumberedToken.HasForm(text) == NumberedToken.TryRead(text, out _, out _));

    private static TokenDigest Digest(ReadOnlySpan<char> text) => TokenDigest.Of(Key, text);

    [GeneratedRegex(@"\b([MNO][A-Za-z0-9+/]{43})(?:[^A-Za-z0-9+/=]|\z)")]
    private static partial Regex Scanned();
}
