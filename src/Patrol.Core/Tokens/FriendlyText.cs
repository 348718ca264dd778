using System.Buffers.Text;

namespace Patrol.Core.Tokens;

/// <summary>The body of GitLab's tokens from before routable ones: base64 without the letters that are taken for others.</summary>
public static class FriendlyText
{
    /// <summary>Four characters for three bytes: 15 give GitLab's 20.</summary>
    public static string Of(ReadOnlySpan<byte> random) =>
        Base64Url.EncodeToString(random).Replace('l', 's').Replace('I', 'x').Replace('O', 'y').Replace('0', 'z');
}
