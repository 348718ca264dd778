using System.Net.Sockets;
using System.Text;

namespace Patrol.Tests.Kit;

/// <summary>Bytes on a line, and what comes back, where no HTTP client would send them.</summary>
internal static class RawHttp
{
    /// <summary>Sends the text byte by byte (Latin 1), and reads until the other end closes.</summary>
    /// <param name="address">Whereto.</param>
    /// <param name="text">What.</param>
    /// <param name="hangUp">Say that there is no more; nginx takes that for somebody who has gone.</param>
    public static async Task<string> Send(Uri address, string text, bool hangUp = true)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        var stream = client.GetStream();
        var answer = new MemoryStream();
        var reading = Quietly(() => stream.CopyToAsync(answer));
        await Eventually.InTime(Quietly(async () =>
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(text));
            if (hangUp)
                client.Client.Shutdown(SocketShutdown.Send);
        }));
        await Eventually.InTime(reading);
        return Encoding.Latin1.GetString(answer.ToArray());
    }

    // The server may hang up at any time; what it said before counts.
    private static async Task Quietly(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception fault) when (fault is IOException or SocketException)
        {
            return;
        }
    }
}
